/** An `XMLHttpRequest` keeps all the text of its answer. So a body ends after this much of it, in UTF-16 units. */
const maxTextLength = 1 << 20;

/**
 * The body of an answer by `XMLHttpRequest`, to be read once, in bytes. It ends when the answer does, and between two events
 * once it has become long: the feed then asks again, at its cursor.
 */
export class XhrBody {
  locked = false;
  readonly #request: XMLHttpRequest;
  readonly #encoder = new TextEncoder();
  readonly #chunks: Uint8Array[] = [];
  /** How much of the text has been taken over. */
  #length = 0;
  #end: { readonly error?: Error } | undefined;
  #wake: (() => void) | undefined;

  constructor(request: XMLHttpRequest) {
    this.#request = request;
  }

  /** Takes over what the request has received since. */
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

  /** What was received is read first. */
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

/** Where the last whole event of a text ends: after an empty line. -1: there is none. */
function endOfEvent(text: string): number {
  const ends = ["\n\n", "\r\r", "\r\n\r\n"].map((lines) => {
    const at = text.lastIndexOf(lines);
    return at === -1 ? -1 : at + lines.length;
  });
  return Math.max(...ends);
}
