import { finished } from "node:stream/promises";
import type { Transform } from "node:stream";
import * as zlib from "node:zlib";

/** Decodes a content coding as its bytes arrive. An unknown one is passed through. */
export class Decoding {
  readonly #stream: Transform | undefined;
  readonly #take: (bytes: Uint8Array) => void;

  constructor(coding: string | null, take: (bytes: Uint8Array) => void) {
    this.#take = take;
    this.#stream = decoderOf(coding?.trim().toLowerCase() ?? "");
    this.#stream?.on("data", take).on("error", () => undefined);
  }

  push(bytes: Uint8Array): void {
    if (this.#stream) this.#stream.write(bytes);
    else this.#take(bytes);
  }

  /** Resolves when all received bytes are decoded. */
  async end(): Promise<void> {
    if (!this.#stream) return;
    this.#stream.end();
    // A body that was cut off, or has another coding, is decoded as far as possible.
    await finished(this.#stream).catch(() => undefined);
  }
}

/** A stream that decodes a content coding, or `undefined` for an unknown one. */
export function decoderOf(coding: string): Transform | undefined {
  const flush = { flush: zlib.constants.Z_SYNC_FLUSH, finishFlush: zlib.constants.Z_SYNC_FLUSH };
  switch (coding) {
    case "gzip":
    case "x-gzip":
      return zlib.createGunzip(flush);
    case "deflate":
      return zlib.createInflate(flush);
    case "br":
      return zlib.createBrotliDecompress();
    case "zstd":
      return zlib.createZstdDecompress();
    default:
      return undefined;
  }
}
