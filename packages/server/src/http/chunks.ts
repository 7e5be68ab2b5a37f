/**
 * Frames bytes as a chunk of HTTP/1.1, once for consecutive sessions that write the same bytes.
 *
 * @see https://www.rfc-editor.org/rfc/rfc9112#section-7.1
 */
export class Chunks {
  #bytes: Uint8Array | undefined;
  #chunk: Uint8Array = new Uint8Array();

  /** A `Buffer`, since a socket wraps any other array again for each write. */
  of(bytes: Uint8Array): Uint8Array {
    if (bytes === this.#bytes) return this.#chunk;
    this.#bytes = bytes;
    this.#chunk = chunkOf(bytes);
    return this.#chunk;
  }
}

function chunkOf(bytes: Uint8Array): Buffer {
  const size = bytes.byteLength.toString(16);
  const start = size.length + 2;
  const chunk = Buffer.allocUnsafeSlow(start + bytes.byteLength + 2);
  // Digits and line ends by hand: each session has its own first bytes, and an encoder would cost more than they do.
  for (let at = 0; at < size.length; at++) chunk[at] = size.charCodeAt(at);
  chunk.set(bytes, start);
  for (const end of [start, chunk.byteLength]) {
    chunk[end - 2] = 13;
    chunk[end - 1] = 10;
  }
  return chunk;
}
