import { startTimer } from "../core/sleep.ts";

/** So much of a refusal is worth reading, in bytes. */
const maxBytes = 64 * 1024;

/** A refusal that takes longer is judged by what has come. */
const limitMs = 2000;

/** What has come of a body while its head is judged: a stream's first bytes, or the text of a refusal. */
export class Body {
  readonly chunks: Uint8Array[] = [];
  /** Nothing more comes. */
  end!: () => void;
  readonly #ended = new Promise<void>((resolve) => (this.end = resolve));
  #room = maxBytes;

  /** Whether it has room for more. */
  push(chunk: Uint8Array): boolean {
    this.chunks.push(chunk);
    this.#room -= chunk.length;
    if (this.#room <= 0) this.end();
    return this.#room > 0;
  }

  /** At most 64 KiB, and only what comes within two seconds. */
  async text(ref: boolean): Promise<string> {
    const timer = startTimer(this.end, limitMs, ref);
    await this.#ended;
    clearTimeout(timer);
    const decoder = new TextDecoder();
    let room = maxBytes;
    const pieces = this.chunks.map((chunk) => {
      const piece = chunk.subarray(0, room);
      room -= piece.length;
      // A character that was cut off at the end is left out.
      return decoder.decode(piece, { stream: true });
    });
    return pieces.join("");
  }
}
