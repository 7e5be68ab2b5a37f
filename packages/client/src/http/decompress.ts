import type { Transform } from "node:stream";
import {
  constants,
  createBrotliDecompress,
  createGunzip,
  createInflate,
  createInflateRaw,
  createZstdDecompress,
} from "node:zlib";

import { FeedError } from "../core/errors.ts";

/** What a request may offer, in the order of preference. */
export const acceptedEncodings: string = "zstd, br, gzip, deflate";

/** Where decoded bytes go, and who is to wait while there are too many. */
export interface Decoded {
  bytes(chunk: Uint8Array): void;
  end(error?: unknown): void;
  /** The decoder is full, or has room again. */
  full(full: boolean): void;
}

/** A body's content encodings undone as it streams: each flush of the server comes out at once. */
export class Decompressor {
  readonly #encodings: readonly string[];
  readonly #to: Decoded;
  /** Made with the first byte, which tells the two kinds of deflate apart. */
  #stages: readonly Transform[] = [];
  #paused = false;
  #over = false;

  constructor(encodings: readonly string[], to: Decoded) {
    this.#encodings = encodings;
    this.#to = to;
  }

  push(chunk: Uint8Array): void {
    if (this.#over || chunk.length === 0) return;
    if (this.#stages.length === 0) this.#begin(chunk[0]!);
    if (!this.#stages[0]!.write(chunk)) this.#to.full(true);
  }

  /** The body is complete; what is left comes out, then the end. */
  finish(): void {
    if (this.#stages.length === 0) this.#end();
    else this.#stages[0]!.end();
  }

  pause(): void {
    this.#paused = true;
    this.#stages.at(-1)?.pause();
  }

  resume(): void {
    this.#paused = false;
    this.#stages.at(-1)?.resume();
  }

  destroy(): void {
    this.#over = true;
    for (const stage of this.#stages) stage.destroy();
  }

  #begin(first: number): void {
    // The encoding named last was applied last.
    this.#stages = this.#encodings.toReversed().map((name) => stages[name]!(first));
    for (const [i, stage] of this.#stages.entries()) {
      stage.on("error", (error) => this.#end(error));
      const next = this.#stages[i + 1];
      if (next) stage.pipe(next);
    }
    this.#stages[0]!.on("drain", () => this.#to.full(false));
    const last = this.#stages.at(-1)!;
    last.on("data", (chunk: Uint8Array) => this.#to.bytes(chunk));
    last.on("end", () => this.#end());
    if (this.#paused) last.pause();
  }

  #end(error?: unknown): void {
    if (this.#over) return;
    this.#over = true;
    this.#to.end(error);
  }
}

/** Each costs a decoder: a hostile head must not make thousands. */
const maxEncodings = 4;

/** The encodings of a body, from its header; empty when there is nothing to undo. Throws for one nobody offered. */
export function encodingsOf(header: string | null): readonly string[] {
  const names = (header ?? "").split(",").map((name) => name.trim().toLowerCase());
  const encodings = names.filter((name) => name !== "" && name !== "identity");
  const strange = encodings.find((name) => !Object.hasOwn(stages, name));
  if (strange === undefined && encodings.length <= maxEncodings) return encodings;
  const why = strange === undefined ? "too many times over" : `as ${JSON.stringify(strange)}`;
  throw new FeedError("content-type", `The body is encoded ${why}: see its Content-Encoding.`);
}

// What a server flushed comes out without waiting for more, and a body cut off is not an error of its own.
const zlib = { flush: constants.Z_SYNC_FLUSH, finishFlush: constants.Z_SYNC_FLUSH };
const brotli = {
  flush: constants.BROTLI_OPERATION_FLUSH,
  finishFlush: constants.BROTLI_OPERATION_FLUSH,
};
const zstd = { flush: constants.ZSTD_e_flush, finishFlush: constants.ZSTD_e_flush };

const stages: Readonly<Record<string, (first: number) => Transform>> = {
  gzip: () => createGunzip(zlib),
  "x-gzip": () => createGunzip(zlib),
  // "deflate" means zlib's format, but some servers send the bare one.
  deflate: (first) => ((first & 0x0f) === 8 ? createInflate(zlib) : createInflateRaw(zlib)),
  br: () => createBrotliDecompress(brotli),
  zstd: () => createZstdDecompress(zstd),
};
