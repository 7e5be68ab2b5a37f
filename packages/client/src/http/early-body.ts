import { startTimer } from "#timers";

/** The largest part of a refusal's body that is read, in bytes. */
const maxBytes = 64 * 1024;

/** A refusal that takes longer than this, in ms, is judged by the part that has arrived. */
const limitMs = 2000;

/** The part of a body that arrives while its head is judged: a stream's first bytes, or the text of a refusal. */
export class EarlyBody {
  readonly chunks: Uint8Array[] = [];
  /** Call it when no more bytes will arrive. */
  end!: () => void;
  readonly #ended = new Promise<void>((resolve) => (this.end = resolve));
  #room = maxBytes;

  /** Adds a copy of the chunk. Returns `true` if there is room for more. */
  push(chunk: Uint8Array): boolean {
    this.chunks.push(chunk.slice());
    this.#room -= chunk.length;
    if (this.#room > 0) return true;
    this.end();
    return false;
  }

  /** The body as text: at most 64 KiB, received within two seconds. */
  async text(ref: boolean): Promise<string> {
    const timer = startTimer(this.end, limitMs, ref);
    await this.#ended;
    clearTimeout(timer);
    const decoder = new TextDecoder();
    let [text, room] = ["", maxBytes];
    for (const chunk of this.chunks) {
      // `stream: true` leaves out a character that was cut off at the end.
      text += decoder.decode(chunk.subarray(0, room), { stream: true });
      room = Math.max(0, room - chunk.length);
    }
    return text;
  }
}
