import type { Transform, TransformCallback } from "node:stream";
import type { InflateRaw } from "node:zlib";
import { stream, zlib } from "./builtin.ts";

const nothing = new Uint8Array();
const trailerBytes = 8;
/** The header's file name and comment have no limit of their own. */
const maxHeaderBytes = 64 * 1024;

/**
 * Decodes gzip (RFC 1952), member after member. If other bytes follow a member in the same chunk, Node's own decoder
 * loses the last decoded data. Browsers ignore such bytes, and so does this decoder.
 */
export const gunzip = (): Transform => new Gunzip().out;

class Gunzip {
  readonly out: Transform;
  #state: "header" | "data" | "trailer" | "finished" = "header";
  /** The incomplete beginning of a header or a trailer. */
  #begun: Uint8Array = nothing;
  #members = 0;
  #inflate: InflateRaw | undefined;
  #crc = 0;

  constructor() {
    const { Transform } = stream();
    this.out = new Transform({
      transform: (chunk: Uint8Array, _, done) => this.#step(chunk, done),
      flush: (done) => done(this.#isWhole() ? null : new Error("the gzip data is cut off")),
      read: (size) => {
        this.#inflate?.resume();
        // oxlint-disable-next-line no-underscore-dangle -- Node's name
        Transform.prototype._read.call(this.out, size);
      },
      destroy: (error, done) => {
        this.#inflate?.destroy();
        done(error);
      },
    });
  }

  #isWhole(): boolean {
    return this.#state === "finished" || (this.#state === "header" && this.#begun.length === 0);
  }

  #step(chunk: Uint8Array, done: TransformCallback): void {
    if (chunk.length === 0 || this.#state === "finished") return done();
    if (this.#state === "data") return this.#data(chunk, done);
    const bytes = this.#begun.length === 0 ? chunk : Buffer.concat([this.#begun, chunk]);
    this.#begun = nothing;
    const length = this.#state === "trailer" ? trailerBytes : headerLength(bytes);
    if (length < 0) return this.#foreign(done);
    if (bytes.length < length) {
      if (bytes.length > maxHeaderBytes) return done(new Error("the gzip header is too long"));
      this.#begun = bytes;
      return done();
    }
    if (this.#state === "trailer") {
      const sum = Buffer.from(bytes.buffer, bytes.byteOffset).readUInt32LE();
      if (sum !== this.#crc) return done(new Error("the gzip data does not match its checksum"));
      this.#state = "header";
    } else this.#begin();
    this.#step(bytes.subarray(length), done);
  }

  /** Handles bytes that are not a member: an error at the start, ignored after a member. */
  #foreign(done: TransformCallback): void {
    if (this.#members === 0) return done(new Error("this is not gzip data"));
    this.#state = "finished";
    done();
  }

  #begin(): void {
    this.#state = "data";
    this.#members++;
    this.#crc = 0;
    const { constants, crc32, createInflateRaw } = zlib();
    const inflate = createInflateRaw({ flush: constants.Z_SYNC_FLUSH });
    this.#inflate = inflate;
    inflate.on("error", (error) => this.out.destroy(error));
    inflate.on("data", (piece: Uint8Array) => {
      this.#crc = crc32(piece, this.#crc);
      if (!this.out.push(piece)) inflate.pause();
    });
  }

  /** Deflate data marks its own end. The rest of the chunk begins with the trailer. */
  #data(chunk: Uint8Array, done: TransformCallback): void {
    const inflate = this.#inflate!;
    const before = inflate.bytesWritten;
    const ended = (): void => {
      this.#state = "trailer";
      this.#inflate = undefined;
      inflate.destroy();
      this.#step(chunk.subarray(inflate.bytesWritten - before), done);
    };
    inflate.once("end", ended);
    inflate.write(chunk, () => {
      if (inflate !== this.#inflate) return;
      // Some bytes are left, so the data has ended. The `end` event comes once the reader has taken the output.
      if (inflate.bytesWritten - before < chunk.length) return;
      inflate.off("end", ended);
      done();
    });
  }
}

/**
 * The length of a member's header: `Infinity` if the header is incomplete so far, -1 if these bytes are not a header.
 */
function headerLength(bytes: Uint8Array): number {
  if (![0x1f, 0x8b, 8].every((byte, i) => i >= bytes.length || bytes[i] === byte)) return -1;
  if (bytes.length < 10) return Infinity;
  const flags = bytes[3]!;
  let at = 10;
  if (flags & 4) at += 2 + (bytes[at] ?? 0) + 256 * (bytes[at + 1] ?? 0);
  for (const text of [8, 16]) {
    if (!(flags & text)) continue;
    const end = bytes.indexOf(0, at);
    if (end < 0) return Infinity;
    at = end + 1;
  }
  return flags & 2 ? at + 2 : at;
}
