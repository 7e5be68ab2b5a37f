import { unref } from "../core/sleep.ts";

/** So much of a refusal is worth reading, in bytes. */
const maxBytes = 64 * 1024;

/** A refusal that takes longer is judged by what has come. */
const limitMs = 2000;

/** The body of an answer that is no stream, as text: at most 64 KiB, and only what comes within two seconds. */
export class Body {
  /** Resolves in any case, if need be with less than all of it. */
  readonly text: Promise<string>;
  readonly #timer = setTimeout(() => this.end(), limitMs);
  #settle!: (text: string) => void;
  #chunks: Uint8Array[] = [];
  #room = maxBytes;

  constructor(ref: boolean) {
    this.text = new Promise((resolve) => {
      this.#settle = resolve;
    });
    if (!ref) unref(this.#timer);
  }

  push(chunk: Uint8Array): void {
    const piece = chunk.subarray(0, this.#room);
    this.#chunks.push(piece);
    this.#room -= piece.length;
    if (this.#room === 0) this.end();
  }

  end(): void {
    clearTimeout(this.#timer);
    const decoder = new TextDecoder();
    // A character that was cut off at the end is left out.
    this.#settle(this.#chunks.map((chunk) => decoder.decode(chunk, { stream: true })).join(""));
    this.#chunks = [];
    this.#room = 0;
  }
}
