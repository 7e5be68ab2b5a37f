/**
 * The length of text, in UTF-16 units, after which a body ends: an `XMLHttpRequest` keeps all the text of its answer.
 */
const maxTextLength = 1 << 20;

/**
 * The body of an `XMLHttpRequest`'s answer, to be read once, in bytes. It ends with the answer, or, once it is long,
 * between two events: the feed then asks again, at its cursor.
 */
export class XhrBody {
  locked = false;
  readonly #request: XMLHttpRequest;
  readonly #encoder = new TextEncoder();
  readonly #chunks: Uint8Array[] = [];
  /** The length of the text that was already taken. */
  #length = 0;
  #end: { readonly error?: Error } | undefined;
  #wake: (() => void) | undefined;

  constructor(request: XMLHttpRequest) {
    this.#request = request;
  }

  /** Takes the text that the request has received since the last call. */
  take(): void {
    if (this.#end) return;
    const text = this.#request.responseText.slice(this.#length);
    const end = this.#length + text.length < maxTextLength ? -1 : endOfEvent(text);
    const taken = end === -1 ? text : text.slice(0, end);
    this.#length += taken.length;
    if (taken !== "") this.#chunks.push(this.#encoder.encode(taken));
    if (end !== -1) {
      this.end();
      this.#request.abort();
    }
    this.#wake?.();
  }

  /** Ends the body after the received data. */
  end(error?: Error): void {
    this.#end ??= error ? { error } : {};
    this.#wake?.();
  }

  getReader(): { read(): Promise<ReadableStreamReadResult<Uint8Array>>; cancel(): Promise<void> } {
    this.locked = true;
    return { read: () => this.#read(), cancel: () => this.#cancel() };
  }

  async #read(): Promise<ReadableStreamReadResult<Uint8Array>> {
    while (this.#chunks.length === 0 && !this.#end) {
      await new Promise<void>((resolve) => (this.#wake = resolve));
    }
    const value = this.#chunks.shift();
    if (value) return { done: false, value };
    if (this.#end?.error) throw this.#end.error;
    return { done: true, value: undefined };
  }

  async #cancel(): Promise<void> {
    this.end();
    this.#request.abort();
  }
}

/** The end of the last complete event in a text, after its empty line; -1 if there is none. */
function endOfEvent(text: string): number {
  const ends = ["\n\n", "\r\r", "\r\n\r\n"].map((lines) => {
    const at = text.lastIndexOf(lines);
    return at === -1 ? -1 : at + lines.length;
  });
  return Math.max(...ends);
}
