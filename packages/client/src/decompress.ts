import { Transform, type TransformCallback } from "node:stream";
import {
  constants,
  createBrotliDecompress,
  createGunzip,
  createInflate,
  createInflateRaw,
  createZstdDecompress,
} from "node:zlib";

/** What a request may offer, in the order of preference. */
export const acceptedEncodings = "zstd, br, gzip, deflate";

/** Where decoded bytes go, and who is to wait while there are too many. */
export interface Decoded {
  bytes(chunk: Uint8Array): void;
  end(error?: unknown): void;
  /** The decoder is full, or has room again. */
  full(full: boolean): void;
}

/** A body's content encodings undone as it streams: each flush of the server comes out at once. */
export class Decompressor {
  readonly #stages: readonly Transform[];
  readonly #to: Decoded;
  #over = false;

  constructor(encodings: readonly string[], to: Decoded) {
    this.#to = to;
    // The last one named was applied last.
    this.#stages = encodings.toReversed().map((name) => stages[name]!());
    for (const [i, stage] of this.#stages.entries()) {
      stage.on("error", (error) => this.#end(error));
      const next = this.#stages[i + 1];
      if (next) stage.pipe(next);
    }
    this.#stages.at(-1)!.on("data", (chunk: Uint8Array) => to.bytes(chunk));
    this.#stages.at(-1)!.on("end", () => this.#end());
    this.#stages[0]!.on("drain", () => to.full(false));
  }

  push(chunk: Uint8Array): void {
    if (!this.#over && !this.#stages[0]!.write(chunk)) this.#to.full(true);
  }

  /** The body is complete; what is left comes out, then the end. */
  finish(): void {
    this.#stages[0]!.end();
  }

  pause(): void {
    this.#stages.at(-1)!.pause();
  }

  resume(): void {
    this.#stages.at(-1)!.resume();
  }

  destroy(): void {
    this.#over = true;
    for (const stage of this.#stages) stage.destroy();
  }

  #end(error?: unknown): void {
    if (this.#over) return;
    this.#over = true;
    this.#to.end(error);
  }
}

/** The encodings of a body, from its header; empty when there is nothing to undo. Throws for one nobody offered. */
export function encodingsOf(header: string | null): readonly string[] {
  const names = (header ?? "").split(",").map((name) => name.trim().toLowerCase());
  const encodings = names.filter((name) => name !== "" && name !== "identity");
  const strange = encodings.find((name) => !Object.hasOwn(stages, name));
  if (strange !== undefined) throw new Error(`unknown Content-Encoding ${JSON.stringify(strange)}`);
  return encodings;
}

const flush = { flush: constants.Z_SYNC_FLUSH, finishFlush: constants.Z_SYNC_FLUSH };
const stages: Readonly<Record<string, () => Transform>> = {
  gzip: () => createGunzip(flush),
  "x-gzip": () => createGunzip(flush),
  deflate: () => new DeflateEither(),
  br: () =>
    createBrotliDecompress({
      flush: constants.BROTLI_OPERATION_FLUSH,
      finishFlush: constants.BROTLI_OPERATION_FLUSH,
    }),
  zstd: () =>
    createZstdDecompress({ flush: constants.ZSTD_e_flush, finishFlush: constants.ZSTD_e_flush }),
};

/** "deflate" means zlib's format, but some servers send the bare one: the first byte tells. */
class DeflateEither extends Transform {
  #inflate: Transform | undefined;

  override _transform(chunk: Uint8Array, _: BufferEncoding, done: TransformCallback): void {
    this.#inflate ??= this.#choose(chunk[0]!);
    if (this.#inflate.write(chunk)) done();
    else this.#inflate.once("drain", done);
  }

  override _flush(done: TransformCallback): void {
    if (!this.#inflate) return done();
    this.#inflate.once("end", done);
    this.#inflate.end();
  }

  override _destroy(error: Error | null, done: (error: Error | null) => void): void {
    this.#inflate?.destroy();
    done(error);
  }

  #choose(first: number): Transform {
    const inflate = (first & 0x0f) === 8 ? createInflate(flush) : createInflateRaw(flush);
    inflate.on("data", (chunk) => {
      if (!this.push(chunk)) inflate.pause();
    });
    inflate.on("error", (error) => this.destroy(error));
    return inflate;
  }

  override _read(size: number): void {
    super._read(size);
    this.#inflate?.resume();
  }
}
