import { say } from "#words";
import { FeedError } from "../core/errors.ts";
import type { FetchResponse } from "../core/options.ts";
import type { Flow, Receiver } from "./transport.ts";

/** One request by `fetch`, and the body of its answer. */
export class FetchFlow implements Flow {
  readonly #receiver: Receiver;
  readonly #controller = new AbortController();
  #reader: ReadableStreamDefaultReader<Uint8Array> | undefined;
  #paused = false;
  #goOn: (() => void) | undefined;

  constructor(receiver: Receiver) {
    this.#receiver = receiver;
  }

  pause(): void {
    this.#paused = true;
  }

  resume(): void {
    this.#paused = false;
    this.#goOn?.();
  }

  abort(): void {
    this.#controller.abort();
    // A fetch that was given may not obey its signal.
    cancel(this.#reader);
    this.#goOn?.();
  }

  async run(ask: (signal: AbortSignal) => Promise<FetchResponse>, hint?: string): Promise<void> {
    const { signal } = this.#controller;
    this.#receiver.phase("request", hint);
    try {
      const response = (await ask(signal)) as Response;
      if (signal.aborted) return cancel(response?.body);
      this.#reader = readerOf(response);
      const { url, status, headers } = response;
      this.#receiver.head({ url, status, headers });
      while (this.#reader && !signal.aborted) {
        if (this.#paused) {
          await new Promise<void>((resolve) => (this.#goOn = resolve));
          continue;
        }
        const { done, value } = await this.#reader.read();
        if (done) break;
        if (!signal.aborted) this.#receiver.bytes(toBytes(value));
      }
      // fetch does not say how the body was framed, so nobody can vouch for its end.
      if (!signal.aborted) this.#receiver.ended();
    } catch (error) {
      if (!signal.aborted) this.#receiver.failed(error);
    }
  }
}

/** The body's reader (not every engine can iterate a stream), or `undefined` for an answer without a body. */
function readerOf(response: Response): ReadableStreamDefaultReader<Uint8Array> | undefined {
  const { body, status, headers } = (response ?? {}) as Partial<Response>;
  if (typeof status !== "number" || typeof headers?.get !== "function")
    throw unsupported(say("no-response"));
  if (body === null) return undefined;
  if (typeof body?.getReader === "function" && !body.locked) return body.getReader();
  // What refuses, or says that there is nothing, needs no body.
  if (status < 200 || status > 299 || status === 204) return undefined;
  throw unsupported(
    say(body === undefined ? "no-body" : body.locked ? "locked-body" : "no-stream-body"),
  );
}

/** [spec] Chunks are Uint8Arrays, of another realm where a test environment has globals of its own. */
function toBytes(chunk: unknown): Uint8Array {
  if (chunk instanceof Uint8Array) return chunk;
  if (ArrayBuffer.isView(chunk))
    return new Uint8Array(chunk.buffer, chunk.byteOffset, chunk.byteLength);
  throw unsupported(say("no-bytes", typeof chunk));
}

export const unsupported = (message: string): FeedError => new FeedError("unsupported", message);

/** Nobody waits for it, and what was given in place of a stream may have no such method. */
function cancel(body: { cancel(): Promise<void> } | null | undefined): void {
  try {
    body?.cancel().catch(() => undefined);
  } catch {
    // Then it goes on by itself, unheard.
  }
}
