import type { Transform } from "node:stream";
// Not by name: importing succeeds where zstd is missing.
import * as zlib from "node:zlib";
import { Gunzip } from "./gunzip.ts";

/** What a request may offer, in the order of preference. */
export const acceptedEncodings: string = "zstd, br, gzip, deflate";

/** Where decoded bytes go, and who is to wait while there are too many. */
export interface Decoded {
  bytes(chunk: Uint8Array): void;
  ended(complete?: true): void;
  failed(error: unknown): void;
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
  #complete: true | undefined;

  constructor(encodings: readonly string[], to: Decoded) {
    this.#encodings = encodings;
    this.#to = to;
  }

  push(chunk: Uint8Array): void {
    if (this.#over || chunk.length === 0) return;
    if (this.#stages.length === 0) this.#begin(chunk[0]!);
    if (!this.#stages[0]!.write(chunk)) this.#to.full(true);
  }

  /** The body ended, `complete` if the transport vouches for that; what is left comes out, then the end. */
  finish(complete: true | undefined): void {
    this.#complete = this.#encodings.includes("zstd") && !zstdSeesCuts() ? undefined : complete;
    if (this.#stages.length === 0) this.#ended();
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
      stage.on("error", (error) => this.#failed(error));
      const next = this.#stages[i + 1];
      if (next) stage.pipe(next);
    }
    this.#stages[0]!.on("drain", () => this.#to.full(false));
    const last = this.#stages.at(-1)!;
    last.on("data", (chunk: Uint8Array) => this.#to.bytes(chunk));
    last.on("end", () => this.#ended());
    if (this.#paused) last.pause();
  }

  #ended(): void {
    if (this.#over) return;
    this.#over = true;
    this.#to.ended(this.#complete);
  }

  #failed(error: unknown): void {
    if (this.#over) return;
    this.#over = true;
    this.#to.failed(error);
  }
}

/** Node 22 takes zstd data that is cut off for whole: nobody can vouch for it there. */
function zstdSeesCuts(): boolean {
  try {
    zlib.zstdDecompressSync(Uint8Array.of(0x28, 0xb5, 0x2f, 0xfd));
    return false;
  } catch {
    return true;
  }
}

/** Each costs a decoder: a hostile head must not make thousands. */
const maxEncodings = 4;

/**
 * The encodings of a body to undo, from its header: none if one of them is unknown, as with `fetch`, which then gives
 * the bytes as they are. `undefined` for more than anybody needs.
 */
export function encodingsOf(header: string | null): readonly string[] | undefined {
  const names = (header ?? "").split(",").map((name) => name.trim().toLowerCase());
  const encodings = names.filter((name) => name !== "" && name !== "identity");
  if (!encodings.every((name) => Object.hasOwn(stages, name))) return [];
  return encodings.length > maxEncodings ? undefined : encodings;
}

// What a server flushed comes out without waiting for more. At the end the data has to be whole.
const deflate = { flush: zlib.constants.Z_SYNC_FLUSH };
const brotli = { flush: zlib.constants.BROTLI_OPERATION_FLUSH };
const zstd = { flush: zlib.constants.ZSTD_e_flush };

const stages: Readonly<Record<string, (first: number) => Transform>> = {
  gzip: () => new Gunzip(),
  "x-gzip": () => new Gunzip(),
  // "deflate" means zlib's format, but some servers send the bare one.
  deflate: (first) =>
    (first & 0x0f) === 8 ? zlib.createInflate(deflate) : zlib.createInflateRaw(deflate),
  br: () => zlib.createBrotliDecompress(brotli),
  zstd: () => zlib.createZstdDecompress(zstd),
};
