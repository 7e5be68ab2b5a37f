/** The head of an answer. */
export interface Head {
  /** Default: 200. */
  readonly status?: number | undefined;
  /** Default: the content type of an event stream. */
  readonly headers?: Readonly<Record<string, string>> | undefined;
}

type Item = Uint8Array<ArrayBuffer> | "end" | Error;

const bodiless: ReadonlySet<number> = new Set([204, 205, 304]);

/**
 * One request that a feed made on a {@link Wire}, and the server's side of it. Nothing happens by itself: an unanswered
 * request stays pending, and a stream stays open and silent.
 */
export class WireRequest {
  readonly url: string;
  readonly method: string;
  readonly headers: Headers;
  readonly body: unknown;
  readonly init: RequestInit;
  /** The response that the client's `fetch` gets. */
  readonly response: Promise<Response>;
  /**
   * The number of bytes that the client has read. It is lower than the number sent if the client has stopped reading.
   */
  pulledBytes = 0;
  /** `true` if the client has aborted it. */
  aborted = false;
  /** `true` if the server has ended or broken it. */
  ended = false;
  readonly #items: Item[] = [];
  #arrived: () => void = () => undefined;
  #answer!: (response: Response) => void;
  #refuse!: (error: Error) => void;
  #answered = false;

  constructor(url: string, init: RequestInit) {
    this.url = url;
    this.init = init;
    this.method = init.method ?? "GET";
    this.headers = new Headers(init.headers);
    this.body = init.body;
    this.response = new Promise((answer, refuse) => {
      this.#answer = answer;
      this.#refuse = refuse;
    });
    // If `serve` throws, this promise is never returned.
    this.response.catch(() => undefined);
  }

  /** True while neither side has ended it. */
  get live(): boolean {
    return !this.aborted && !this.ended;
  }

  /** The cursor that was sent, as text. */
  get lastEventId(): string | undefined {
    const value = this.headers.get("Last-Event-ID");
    // A header holds one character per byte.
    return value === null ? undefined : textOf(Uint8Array.from(value, (c) => c.charCodeAt(0)));
  }

  /**
   * Answers, by default with an open event stream. A status of 300 or above makes a complete response, unless a body is
   * sent in the same turn.
   */
  answer({ status = 200, headers = { "Content-Type": "text/event-stream" } }: Head = {}): this {
    const body = new ReadableStream<Uint8Array>(
      { pull: (controller) => this.#pull(controller), cancel: () => this.abort() },
      { highWaterMark: 0 },
    );
    const empty = bodiless.has(status);
    this.#answered = true;
    this.#answer(new Response(empty ? null : body, { status, headers: { ...headers } }));
    if (empty) this.ended = true;
    else if (status >= 300) queueMicrotask(() => this.#items.length === 0 && this.end());
    return this;
  }

  /** Sends text or bytes as one chunk, or as several, cut at the given byte offsets. */
  send(data: string | Uint8Array, ...cuts: number[]): this {
    const bytes = typeof data === "string" ? new TextEncoder().encode(data) : data.slice();
    const places = [0, ...cuts, bytes.length];
    for (const [index, from] of places.slice(0, -1).entries()) {
      this.#put(bytes.slice(from, places[index + 1]));
    }
    return this;
  }

  /** Sends events as one chunk: each `1` is an event with the data and the id 1. */
  events(...ids: (string | number)[]): this {
    return this.send(ids.map((id) => `id: ${id}\ndata: ${id}\n\n`).join(""));
  }

  /** Ends the body in order. */
  end(): this {
    return this.#put("end");
  }

  /** Breaks the connection, before the head or in the body. The message ends with the system's error code. */
  reset(message = "read ECONNRESET"): this {
    const error = new TypeError("fetch failed", {
      cause: Object.assign(new Error(message), { code: message.split(" ").at(-1) }),
    });
    if (this.#answered) return this.#put(error);
    this.ended = true;
    this.#refuse(error);
    return this;
  }

  /** The client aborts it, as fetch does by its signal. @internal */
  abort(): void {
    if (!this.live) return;
    this.aborted = true;
    const error = new DOMException("This operation was aborted", "AbortError");
    this.#refuse(error);
    this.#items.length = 0;
    this.#put(error);
  }

  #put(item: Item): this {
    // Data after the end is ignored.
    if (this.ended) return this;
    if (!(item instanceof Uint8Array)) this.ended = true;
    this.#items.push(item);
    this.#arrived();
    return this;
  }

  async #pull(controller: ReadableStreamDefaultController<Uint8Array>): Promise<void> {
    if (this.#items.length === 0) {
      await new Promise<void>((resolve) => {
        this.#arrived = resolve;
      });
    }
    const item = this.#items.shift()!;
    if (item === "end") return controller.close();
    if (item instanceof Error) return controller.error(item);
    this.pulledBytes += item.length;
    controller.enqueue(item);
  }
}

function textOf(bytes: Uint8Array): string {
  return new TextDecoder().decode(bytes);
}
