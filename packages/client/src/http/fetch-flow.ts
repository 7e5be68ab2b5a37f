import { say } from "#words";
import { FeedError } from "../core/errors.ts";
import type { FetchResponse } from "../core/platform.ts";
import type { Flow, Receiver } from "./transport.ts";

/** Makes the request. Called once. */
export type Ask = (signal: AbortSignal) => Promise<FetchResponse>;

type StreamReader = ReadableStreamDefaultReader<Uint8Array>;

/** One request by `fetch`, and the body of its answer. */
export class FetchFlow implements Flow {
  readonly #controller = new AbortController();
  #reader: StreamReader | undefined;
  #paused = false;
  #goOn: (() => void) | undefined;

  constructor(receiver: Receiver, ask: Ask, hint?: string) {
    receiver.phase("request", hint);
    void this.#run(receiver, ask, this.#controller.signal);
  }

  pause(): void {
    this.#paused = true;
  }

  resume(): void {
    this.#paused = false;
    this.#goOn?.();
  }

  async abort(): Promise<void> {
    this.#controller.abort();
    this.resume();
    try {
      // The user's own fetch may ignore its signal, or its body may lack this method.
      await this.#reader?.cancel();
    } catch {
      // The stream continues, but its data is ignored.
    }
  }

  async #run(receiver: Receiver, ask: Ask, signal: AbortSignal): Promise<void> {
    try {
      const response = (await ask(signal)) as Response;
      this.#reader = readerOf(response);
      if (signal.aborted) return this.abort();
      receiver.head(response);
      while (this.#reader && !signal.aborted) {
        if (this.#paused) {
          await new Promise<void>((resolve) => (this.#goOn = resolve));
          continue;
        }
        const { done, value } = await this.#reader.read();
        if (done) break;
        if (!signal.aborted) receiver.bytes(toBytes(value));
      }
      // fetch does not say how the body was framed, so its end is not known to be complete.
      if (!signal.aborted) receiver.ended();
    } catch (error) {
      if (!signal.aborted) receiver.failed(error);
    }
  }
}

/** The body's reader (not every engine can iterate a stream), or `undefined` for an answer without a body. */
function readerOf(response: Response): StreamReader | undefined {
  const { body, status = 0, headers } = (response ?? {}) as Partial<Response>;
  const isResponse = !!headers?.get;
  if (isResponse && body?.getReader && !body.locked) return body.getReader();
  // A refusal or a 204 needs no body.
  if (isResponse && (body === null || status > 299 || status === 204)) return undefined;
  throw unsupported(say("unreadable-body", isResponse, body && (body.locked ?? false)));
}

/** [spec] Chunks are Uint8Arrays, possibly of another realm: a test environment may have globals of its own. */
function toBytes(chunk: unknown): Uint8Array {
  if (chunk instanceof Uint8Array) return chunk;
  if (!ArrayBuffer.isView(chunk)) throw unsupported(say("no-bytes", typeof chunk));
  return new Uint8Array(chunk.buffer, chunk.byteOffset, chunk.byteLength);
}

export const unsupported = (message: string): FeedError => new FeedError("unsupported", message);
