import { encode, joined } from "../log/frame.ts";

/**
 * Frames bytes as a chunk of HTTP/1.1, once for all sessions that write the same bytes one after the other.
 *
 * @see https://www.rfc-editor.org/rfc/rfc9112#section-7.1
 */
export class Chunks {
  #bytes: Uint8Array | undefined;
  #chunk: Uint8Array = new Uint8Array();

  of(bytes: Uint8Array): Uint8Array {
    if (bytes === this.#bytes) return this.#chunk;
    const [size, end] = [encode(`${bytes.byteLength.toString(16)}\r\n`), encode("\r\n")];
    this.#bytes = bytes;
    this.#chunk = joined([size, bytes, end], size.byteLength + bytes.byteLength + end.byteLength);
    return this.#chunk;
  }
}
