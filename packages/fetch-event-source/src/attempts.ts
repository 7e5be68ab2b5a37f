import { createParser } from "@steadfeed/parser";
import type { FetchEventSourceInit } from "./init.ts";
import type { EventSourceMessage } from "./message.ts";

const firstDelayMs = 1000;
const longestDelayMs = 30_000;
const repeatable: ReadonlySet<string> = new Set(["GET", "HEAD"]);

interface Settle {
  resolve(): void;
  reject(error: unknown): void;
}

/** One attempt after the other, until the stream has ended or the caller stops it. */
export class Attempts {
  readonly #input: string | URL | Request;
  readonly #init: FetchEventSourceInit;
  readonly #settle: Settle;
  readonly #method: string;
  #lastEventId = "";
  /** The server's reconnection time. */
  #retryMs: number | undefined;
  #failures = 0;
  #over = false;
  #current = new AbortController();
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(input: string | URL | Request, init: FetchEventSourceInit, settle: Settle) {
    this.#input = input;
    this.#init = init;
    this.#settle = settle;
    const method =
      init.method ?? (input instanceof Object && "method" in input ? input.method : "GET");
    this.#method = method.toUpperCase();
  }

  start(): void {
    const { signal, openWhenHidden } = this.#init;
    if (signal?.aborted) return this.#end();
    signal?.addEventListener("abort", this.#end, { once: true });
    if (!openWhenHidden) pageOf()?.addEventListener("visibilitychange", this.#seen);
    if (openWhenHidden || !pageOf()?.hidden) void this.#attempt();
  }

  async #attempt(): Promise<void> {
    const current = (this.#current = new AbortController());
    const isCurrent = (): boolean =>
      !this.#over && current === this.#current && !current.signal.aborted;
    try {
      const { onopen = requireStream, onclose } = this.#init;
      const response = await this.#ask(current.signal);
      await onopen(response);
      if (!isCurrent()) return;
      await this.#read(response, isCurrent);
      if (!isCurrent()) return;
      onclose?.();
      this.#end();
    } catch (error) {
      if (isCurrent()) this.#failed(error);
    } finally {
      // Whatever the outcome, its connection is no longer needed.
      current.abort();
    }
  }

  #ask(signal: AbortSignal): Promise<Response> {
    const {
      onopen: _open,
      onmessage: _message,
      onclose: _close,
      onerror: _error,
      openWhenHidden: _hidden,
      fetch = globalThis.fetch,
      headers: given,
      ...rest
    } = this.#init;
    const headers = new Headers(
      given ?? (this.#input instanceof Request ? this.#input.headers : {}),
    );
    if (!headers.has("accept")) headers.set("accept", "text/event-stream");
    if (this.#lastEventId !== "") headers.set("last-event-id", bytesOf(this.#lastEventId));
    // A Request has its body once: each attempt uses a copy.
    const input = this.#input instanceof Request ? this.#input.clone() : this.#input;
    return fetch(input, { ...rest, headers: Object.fromEntries(headers), signal });
  }

  async #read(response: Response, isCurrent: () => boolean): Promise<void> {
    let retry: number | undefined;
    const parser = createParser({
      lastEventId: this.#lastEventId,
      onId: (id) => (this.#lastEventId = id),
      onRetry: (ms) => {
        retry = ms;
        this.#retryMs = ms;
      },
      onEvent: ({ type, data, id = "" }) => {
        if (!isCurrent()) return;
        this.#failures = 0;
        const event = type === "message" ? "" : type;
        const message: EventSourceMessage = { id, event, data };
        if (retry !== undefined) message.retry = retry;
        retry = undefined;
        this.#init.onmessage?.(message);
      },
    });
    if (!response.body) return;
    const reader = response.body.getReader();
    for (;;) {
      const { done, value } = await reader.read();
      if (done || !isCurrent()) return;
      parser.push(value);
    }
  }

  #failed(error: unknown): void {
    this.#failures++;
    try {
      const asked = this.#init.onerror?.(error);
      if (this.#over) return;
      if (typeof asked !== "number" && !repeatable.has(this.#method)) throw error;
      this.#timer = setTimeout(() => void this.#attempt(), asked ?? this.#delayMs());
    } catch (thrown) {
      this.#stop();
      this.#settle.reject(thrown);
    }
  }

  /** It grows with each consecutive failure, so that a server that is down is not hammered. */
  #delayMs(): number {
    const base = Math.max(this.#retryMs ?? firstDelayMs, 100);
    const grown = base * 2 ** Math.min(this.#failures - 1, 20);
    return Math.max(base, Math.min(grown, longestDelayMs)) * (1 + Math.random() / 4);
  }

  readonly #seen = (): void => {
    clearTimeout(this.#timer);
    this.#current.abort();
    if (!pageOf()?.hidden) void this.#attempt();
  };

  readonly #end = (): void => {
    if (this.#over) return;
    this.#stop();
    this.#settle.resolve();
  };

  #stop(): void {
    this.#over = true;
    clearTimeout(this.#timer);
    this.#init.signal?.removeEventListener("abort", this.#end);
    pageOf()?.removeEventListener("visibilitychange", this.#seen);
    this.#current.abort();
  }
}

function requireStream({ status, headers }: Response): void {
  const type = headers.get("content-type");
  if (type?.startsWith("text/event-stream")) return;
  throw new Error(
    `The answer (${status}) is not an event stream: its content type is ${type ?? "none"}.`,
  );
}

/** The page, if there is one. */
const pageOf = (): Document | undefined => globalThis.document;

/** A header has a character for each byte. */
const bytesOf = (id: string): string =>
  String.fromCharCode(...new TextEncoder().encode(id).subarray(0, 8192));
