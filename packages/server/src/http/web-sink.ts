import { nextTurn } from "../core/turn.ts";
import { encode } from "../log/frame.ts";
import type { StreamRequest } from "../session/admit.ts";
import type { HeaderFields, Sink, Writer } from "../core/sink.ts";
import type { Body } from "./body.ts";
import { lingered } from "./linger.ts";

const queueBytes = 64 << 10;
/** The status of a response that is no longer awaited, or that broke before its head. */
const broken = 503;
/** Statuses with which a `Response` cannot have a body. */
const bodiless: ReadonlySet<number> = new Set([204, 205, 304]);

/** A `Response` whose body is fed at the pace of its reader. */
export class WebSink implements Sink {
  /** Given to the body's reader when the response is aborted. */
  cause: unknown;
  readonly #request: Request;
  /** Whether the body of the request was not read to its end. */
  #uploading: boolean;
  readonly #answered: (response: Response) => void;
  #controller: ReadableStreamDefaultController<Uint8Array> | undefined;
  #writer: Writer | undefined;
  #replied = false;
  #full = false;
  #broken = false;
  readonly #left = (): void => this.#over();

  constructor(request: Request, answered: (response: Response) => void) {
    this.#request = request;
    this.#uploading = request.body !== null && !request.bodyUsed;
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
    try {
      for (let part = await reader?.read(); part && !part.done; part = await reader?.read()) {
        yield part.value;
      }
      this.#uploading = false;
    } finally {
      reader?.releaseLock();
    }
  }

  reply(status: number, headers: HeaderFields, body: string | undefined): void {
    // The rest of the upload is not read. Without the header most platforms read and discard it.
    if (this.#uploading) {
      this.#answer(this.#lingering(body), status, { ...headers, connection: "close" });
    } else this.#answer(body ?? null, status, headers);
    this.#over();
  }

  head(status: number, headers: HeaderFields): void {
    // Not a byte stream: that would detach the bytes, which all readers share.
    const body = new ReadableStream<Uint8Array>(
      {
        start: (controller) => {
          this.#controller = controller;
        },
        pull: () => this.#pull(),
        cancel: () => this.#over(),
      },
      { highWaterMark: queueBytes, size: (bytes) => bytes?.byteLength ?? 0 },
    );
    this.#answer(body, status, headers);
  }

  get held(): number {
    return this.#controller ? queueBytes - (this.#controller.desiredSize ?? 0) : 0;
  }

  write(bytes: Uint8Array): boolean {
    this.#controller?.enqueue(bytes);
    this.#full = (this.#controller?.desiredSize ?? 0) <= 0;
    return !this.#full;
  }

  end(): void {
    this.#controller?.close();
    this.#over();
  }

  abort(): void {
    // An error discards unread data. The first call lets a reader that keeps up get it, the second call does not wait.
    const waits = !this.#broken && !this.#full && this.held > 0;
    this.#broken = true;
    if (!waits) this.#break();
  }

  #break(): void {
    this.#controller?.error(this.cause ?? new Error("The response was broken off."));
    this.#over();
  }

  watch(writer: Writer): void {
    this.#writer = writer;
    if (this.#request.signal.aborted) this.#over();
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

  #pull(): void {
    if (this.#broken && this.held === 0) return nextTurn(() => this.#break());
    if (!this.#full) return;
    this.#full = false;
    this.#writer?.room();
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
      headers: Object.entries(headers).flatMap(([name, value]) =>
        [value].flat().map((each): [string, string] => [name, each]),
      ),
    });
    this.#replied = true;
    this.#answered(response);
  }

  #over(): void {
    this.#controller = undefined;
    this.#request.signal.removeEventListener("abort", this.#left);
    // The caller of the handler waits for a response, even after the reader has left.
    this.#answer(null, broken, {});
    const writer = this.#writer;
    this.#writer = undefined;
    writer?.gone();
  }
}

export function webRequest(request: Request): StreamRequest {
  const { pathname, searchParams } = new URL(request.url);
  return {
    method: request.method,
    path: pathname,
    query: searchParams,
    header: (name) => request.headers.get(name) ?? undefined,
    raw: request,
  };
}
