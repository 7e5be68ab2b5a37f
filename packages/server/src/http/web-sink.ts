import { nextTurn } from "../core/turn.ts";
import { encode } from "../log/frame.ts";
import type { StreamRequest } from "../session/admit.ts";
import type { HeaderFields, Sink, Writer } from "../core/sink.ts";
import type { Body } from "./body.ts";
import { lingered } from "./linger.ts";
import { targetIn, targetOf } from "./target.ts";

const queueBytes = 64 << 10;
/** The status of a response that is no longer awaited, or that broke before its head. */
const broken = 503;
/** Statuses with which a `Response` cannot have a body. */
const bodiless: ReadonlySet<number> = new Set([204, 205, 304]);

/** At most one byte is asked for in advance, so that a `pull` says that the reader has taken everything. */
const pace: QueuingStrategy<Uint8Array> = Object.freeze({
  highWaterMark: 1,
  size: (bytes?: Uint8Array) => bytes?.byteLength ?? 0,
});

/** A `Response`, and the source of its body, which is fed at the pace of its reader. */
export class WebSink implements Sink, UnderlyingDefaultSource<Uint8Array> {
  /** Given to the body's reader when the response is aborted. */
  cause: unknown;
  readonly #request: Request;
  /** How far the body of the request was read. */
  #upload: "unread" | "begun" | "read" = "unread";
  readonly #answered: (response: Response) => void;
  #controller: ReadableStreamDefaultController<Uint8Array> | undefined;
  #writer: Writer | undefined;
  #replied = false;
  /** Ends a `pull`, so that there is another when the reader has taken everything. */
  #pulled: (() => void) | undefined;
  #full = false;
  #broken = false;
  readonly #left = (): void => this.#gone();

  constructor(request: Request, answered: (response: Response) => void) {
    this.#request = request;
    this.#answered = answered;
  }

  /** The body of the request, unless it was read before. */
  body(): Body {
    const parsed = this.#request.bodyUsed ? { value: undefined, raw: undefined } : undefined;
    return { bytes: this.upload(), parsed };
  }

  /**
   * The body of the request. Leaving the loop early does not cancel it: Node's would destroy the connection, with the
   * response.
   */
  async *upload(): AsyncGenerator<Uint8Array, void> {
    const reader = this.#request.body?.getReader();
    if (reader) this.#upload = "begun";
    try {
      for (let part = await reader?.read(); part && !part.done; part = await reader?.read()) {
        yield part.value;
      }
      this.#upload = "read";
    } finally {
      reader?.releaseLock();
    }
  }

  reply(status: number, headers: HeaderFields, body: string | undefined): void {
    // The rest of the upload is not read. Without the header most platforms read and discard it.
    if (this.#isUploading()) {
      this.#answer(this.#lingering(body), status, { ...headers, connection: "close" });
    } else this.#answer(body ?? null, status, headers);
    this.#gone();
  }

  head(status: number, headers: HeaderFields): void {
    // Not a byte stream: that would detach the bytes, which all readers share.
    this.#answer(new ReadableStream<Uint8Array>(this, pace), status, headers);
  }

  start(controller: ReadableStreamDefaultController<Uint8Array>): void {
    this.#controller = controller;
  }

  /**
   * The reader of the body has taken everything. The stream waits with the next call for the promise, and would otherwise
   * call twice for each write.
   */
  pull(): Promise<void> | void {
    if (this.#broken) return nextTurn(() => this.#break());
    const wasFull = this.#full;
    this.#full = false;
    if (wasFull) this.#writer?.room();
    if (!this.#full && !this.#broken) return new Promise((pulled) => (this.#pulled = pulled));
  }

  /** The reader of the body has left. */
  cancel(): void {
    this.#gone();
  }

  get held(): number {
    return 1 - (this.#controller?.desiredSize ?? 1);
  }

  write(bytes: Uint8Array): boolean {
    if (!this.#controller) return false;
    this.#controller.enqueue(bytes);
    this.#full = this.held >= queueBytes;
    if (this.#full) this.#pulled?.();
    return !this.#full;
  }

  end(): void {
    this.#controller?.close();
    this.#gone();
  }

  abort(): void {
    // An error discards unread data. The first call lets a reader that keeps up get it, the second call does not wait.
    const waits = !this.#broken && !this.#full && this.held > 0;
    this.#broken = true;
    if (waits) this.#pulled?.();
    else this.#break();
  }

  #break(): void {
    this.#controller?.error(this.cause ?? new Error("The response was broken off."));
    this.#gone();
  }

  watch(writer: Writer): void {
    this.#writer = writer;
    if (this.#request.signal.aborted) this.#gone();
    else this.#request.signal.addEventListener("abort", this.#left, { once: true });
  }

  #lingering(text = ""): ReadableStream<Uint8Array> {
    return new ReadableStream({
      start: (controller) => controller.enqueue(encode(text)),
      pull: async (controller) => {
        await lingered(this.upload());
        controller.close();
      },
    });
  }

  /** Whether a part of the request's body is unread. Some platforms make a whole request only when its body is asked for. */
  #isUploading(): boolean {
    const { method, bodyUsed } = this.#request;
    if (this.#upload !== "unread" || bodyUsed) return this.#upload === "begun";
    return method !== "GET" && method !== "HEAD" && this.#request.body !== null;
  }

  #answer(
    body: ReadableStream<Uint8Array> | string | null,
    status: number,
    headers: HeaderFields,
  ): void {
    if (this.#replied) return;
    // Throws for headers that cannot be sent; then no response has started yet.
    const response = new Response(bodiless.has(status) ? null : body, {
      status,
      headers: fieldsOf(headers),
    });
    this.#replied = true;
    this.#answered(response);
  }

  #gone(): void {
    this.#controller = undefined;
    // The caller of the handler waits for a response, even after the reader has left.
    this.#answer(null, broken, {});
    const writer = this.#writer;
    if (!writer) return;
    this.#writer = undefined;
    this.#request.signal.removeEventListener("abort", this.#left);
    writer.gone();
  }
}

/** Headers with a line for each cookie. */
function fieldsOf(headers: HeaderFields): Record<string, string> | [string, string][] {
  if (Object.values(headers).every((value) => typeof value === "string"))
    return { ...headers } as Record<string, string>;
  return Object.entries(headers).flatMap(([name, value]) =>
    [value].flat().map((each): [string, string] => [name, each]),
  );
}

export function webRequest(request: Request): StreamRequest {
  const { path, query } = targetOf(targetIn(request.url));
  return {
    method: request.method,
    path,
    query,
    header: (name) => request.headers.get(name) ?? undefined,
    raw: request,
  };
}
