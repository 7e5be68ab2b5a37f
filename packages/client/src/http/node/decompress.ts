import type { Transform } from "node:stream";
import { zlib } from "./builtin.ts";
import { gunzip } from "./gunzip.ts";

/** The encodings that a request offers, in order of preference. */
export const acceptedEncodings: string = "zstd, br, gzip, deflate";

/** Receives decoded bytes, and the reports of a full decoder. */
export interface DecodedReader {
  bytes(chunk: Uint8Array): void;
  ended(complete?: true): void;
  failed(error: unknown): void;
  /** The decoder is full, or has room again. */
  full(full: boolean): void;
}

/** Decodes a body's content encodings as it streams. Data that the server flushed comes out at once. */
export class Decompressor {
  readonly #encodings: readonly string[];
  readonly #to: DecodedReader;
  /** The decoders, created with the first byte, which distinguishes the two kinds of deflate. */
  #stages: readonly Transform[] = [];
  #paused = false;
  #isDone = false;
  #complete: true | undefined;

  constructor(encodings: readonly string[], to: DecodedReader) {
    this.#encodings = encodings;
    this.#to = to;
  }

  push(chunk: Uint8Array): void {
    if (this.#isDone || chunk.length === 0) return;
    if (this.#stages.length === 0) this.#begin(chunk[0]!);
    if (!this.#stages[0]!.write(chunk)) this.#to.full(true);
  }

  /**
   * The body ended; `complete` if the transport guarantees that nothing is missing. The remaining data comes out, then
   * the end.
   */
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
    this.#isDone = true;
    for (const stage of this.#stages) stage.destroy();
  }

  #begin(first: number): void {
    // The header lists encodings in the order in which they were applied, so they are undone in reverse.
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
    if (this.#isDone) return;
    this.#isDone = true;
    this.#to.ended(this.#complete);
  }

  #failed(error: unknown): void {
    if (this.#isDone) return;
    this.#isDone = true;
    this.#to.failed(error);
  }
}

/**
 * True if Node's zstd decoder reports data that is cut off. That of Node 22 does not, so a complete end cannot be
 * guaranteed there.
 */
function zstdSeesCuts(): boolean {
  try {
    zlib().zstdDecompressSync(Uint8Array.of(0x28, 0xb5, 0x2f, 0xfd));
    return false;
  } catch {
    return true;
  }
}

/** Each encoding needs a decoder, and a hostile header must not create thousands. */
const maxEncodings = 4;

/**
 * The encodings to decode, from the header. If one of them is unknown, there are none, as with `fetch`: the bytes are
 * passed on as they are. `undefined` if there are too many.
 */
export function encodingsOf(header: string | null): readonly string[] | undefined {
  const names = (header ?? "").split(",").map((name) => name.trim().toLowerCase());
  const encodings = names.filter((name) => name !== "" && name !== "identity");
  if (!encodings.every((name) => Object.hasOwn(stages, name))) return [];
  return encodings.length > maxEncodings ? undefined : encodings;
}

/** The constants of Node's zlib, which has no zstd in some versions. */
type Flush = "Z_SYNC_FLUSH" | "BROTLI_OPERATION_FLUSH" | "ZSTD_e_flush";

/** Flushed data comes out without waiting for more. At the end, the data has to be complete. */
const flushing = (flush: Flush): { flush: number } => ({ flush: zlib().constants[flush] });

const stages: Readonly<Record<string, (first: number) => Transform>> = {
  gzip: gunzip,
  "x-gzip": gunzip,
  // "deflate" means the zlib format, but some servers send raw deflate data.
  deflate: (first) =>
    zlib()[(first & 0x0f) === 8 ? "createInflate" : "createInflateRaw"](flushing("Z_SYNC_FLUSH")),
  br: () => zlib().createBrotliDecompress(flushing("BROTLI_OPERATION_FLUSH")),
  zstd: () => zlib().createZstdDecompress(flushing("ZSTD_e_flush")),
};
