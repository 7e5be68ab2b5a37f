/** Makes bytes of every chunk. */
export class Chunks {
  /** A high surrogate at the end of text waits for its other half. */
  #surrogate = "";

  /** The chunk as bytes: text as its UTF-8, except a high surrogate at its end. */
  bytesOf(chunk: Uint8Array | string): Uint8Array {
    if (typeof chunk === "string") {
      const text = this.#surrogate + chunk;
      const cut = /[\uD800-\uDBFF]/.test(text.slice(-1)) ? text.length - 1 : text.length;
      this.#surrogate = text.slice(cut);
      return new TextEncoder().encode(text.slice(0, cut));
    }
    // By its properties: bytes of another realm, such as jsdom's, are not instances of our classes.
    if (!ArrayBuffer.isView(chunk)) {
      throw new TypeError(
        "push() takes a Uint8Array or a string: new Uint8Array(buffer) makes one of an ArrayBuffer.",
      );
    }
    const bytes = chunk instanceof Uint8Array ? chunk : bytesIn(chunk);
    if (this.#surrogate === "" || bytes.length === 0) return bytes;
    this.#surrogate = "";
    // Its other half cannot arrive any more. Alone it is U+FFFD.
    return Uint8Array.from([0xef, 0xbf, 0xbd, ...bytes]);
  }

  clear(): void {
    this.#surrogate = "";
  }
}

const bytesIn = ({ buffer, byteOffset, byteLength }: ArrayBufferView): Uint8Array =>
  new Uint8Array(buffer, byteOffset, byteLength);
