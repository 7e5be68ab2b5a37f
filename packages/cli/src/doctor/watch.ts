import { TLSSocket } from "node:tls";
import type { Socket } from "node:net";
import { createParser, type Parser } from "@steadfeed/parser";
import type { Dispatcher } from "undici";
import { Decoding } from "../core/decoding.ts";
import {
  isStream,
  type Observation,
  type Piece,
  type SeenEvent,
  type Stall,
} from "./observation.ts";

export interface WatchOptions {
  readonly method?: Dispatcher.HttpMethod;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string | undefined;
  /** The maximum time, in milliseconds. */
  readonly forMs: number;
  /** Whether it has seen enough: called after each chunk, and at times without one. */
  readonly enough: (seen: Watch, ms: number) => boolean;
  readonly signal: AbortSignal;
}

/** Bytes of a response that is not a stream that are kept for the message. */
const maxBody = 2048;

const tickMs = 100;

/**
 * Makes one request, and records the time of everything that arrives. It never throws. `socketOf` returns the socket of
 * the request.
 */
export class Watch implements Dispatcher.DispatchHandler {
  status: number | undefined;
  headers: Headers = new Headers();
  readonly events: SeenEvent[] = [];
  readonly comments: number[] = [];
  readonly pieces: Piece[] = [];
  readonly #options: WatchOptions;
  readonly #startedAt = Date.now();
  readonly #start = performance.now();
  readonly #parser: Parser;
  readonly #text = new TextDecoder("utf-8", { fatal: true });
  #controller: Dispatcher.DispatchController | undefined;
  #decoding: Decoding | undefined;
  #lookedAt = 0;
  readonly #stalls: Stall[] = [];
  #headAt: number | undefined;
  #rawAt: number | undefined;
  #retryMs: number | undefined;
  #strange: string | undefined;
  #garbled = false;
  #tail = "";
  #body = "";
  #end: { at: number; complete: boolean } | undefined;
  #error: Error | undefined;
  /** Bytes that arrive now were not waited for. */
  #over = false;
  #done: () => void = () => undefined;

  constructor(options: WatchOptions) {
    this.#options = options;
    this.#parser = createParser({
      onEvent: ({ type, id, data }) => this.events.push({ at: this.#now(), type, id, data }),
      onComment: () => void this.comments.push(this.#now()),
      onRetry: (ms) => (this.#retryMs = ms),
      onError: () => this.#stop(),
    });
  }

  async run(
    dispatcher: Dispatcher,
    url: URL,
    socketOf: () => Socket | undefined,
  ): Promise<Observation> {
    const { method = "GET", headers, body, forMs, signal } = this.#options;
    const timers = [setTimeout(this.#stop, forMs), setInterval(this.#tick, tickMs)];
    signal.addEventListener("abort", this.#stop, { once: true });
    await new Promise<void>((resolve) => {
      this.#done = resolve;
      if (signal.aborted) return resolve();
      const { origin, pathname, search } = url;
      try {
        const request = { origin, path: pathname + search, method, headers, body: body ?? null };
        dispatcher.dispatch(request, this);
      } catch (error) {
        this.#fail(error as Error);
      }
    });
    for (const timer of timers) clearTimeout(timer);
    signal.removeEventListener("abort", this.#stop);
    const { status, headers: answered, pieces, events, comments } = this;
    return {
      startedAt: this.#startedAt,
      forMs: this.#now(),
      stalls: this.#stalls,
      status,
      headers: answered,
      headAt: this.#headAt,
      rawAt: this.#rawAt,
      pieces,
      events,
      comments,
      retryMs: this.#retryMs,
      strange: this.#strange,
      garbled: this.#garbled,
      leftover: this.#parser.leftover,
      end: this.#end,
      error: this.#error,
      body: this.#body,
      tls: tlsOf(socketOf()),
    };
  }

  onRequestStart(controller: Dispatcher.DispatchController): void {
    this.#controller = controller;
  }

  onResponseStart(
    _: Dispatcher.DispatchController,
    status: number,
    headers: Record<string, string | string[] | undefined>,
  ): void {
    if (status < 200) return;
    this.status = status;
    this.#headAt = this.#now();
    for (const [name, value] of Object.entries(headers)) {
      for (const each of [value ?? []].flat()) this.headers.append(name, each);
    }
    const coding = this.headers.get("content-encoding");
    this.#decoding = new Decoding(coding, (bytes) => this.#take(bytes));
    if (this.#options.method === "OPTIONS") this.#stop();
  }

  onResponseData(_: Dispatcher.DispatchController, chunk: Uint8Array): void {
    this.#rawAt ??= this.#now();
    this.#decoding?.push(chunk);
  }

  onResponseEnd(): void {
    void this.#decoding?.end().then(() => this.#ended(true));
  }

  onResponseError(_: Dispatcher.DispatchController, error: Error): void {
    if (this.status === undefined) this.#fail(error);
    else void this.#decoding?.end().then(() => this.#ended(false));
  }

  #take(bytes: Uint8Array): void {
    if (this.#over) return;
    const at = this.#now();
    if (!isStream(this)) {
      this.#body = (this.#body + Buffer.from(bytes).toString()).slice(0, maxBody);
      if (this.#body.length >= maxBody) this.#stop();
      return;
    }
    const before = this.events.length;
    this.#parser.push(bytes);
    this.#read(bytes);
    const events = this.events.length - before;
    this.pieces.push({ at, bytes: bytes.length, events, within: this.#parser.leftover });
    this.#look();
  }

  /** Looks for lines that a parser ignores, and for invalid text. */
  #read(bytes: Uint8Array): void {
    if (this.#garbled) return;
    try {
      const lines = (this.#tail + this.#text.decode(bytes, { stream: true })).split(/\r\n|\r|\n/);
      this.#tail = lines.pop()!.slice(0, maxBody);
      this.#strange ??= lines.find(
        (line) => line !== "" && !/^(data|id|event|retry)?(:|$)/.test(line),
      );
    } catch {
      this.#garbled = true;
    }
  }

  readonly #tick = (): void => {
    const now = this.#now();
    const ms = now - this.#lookedAt - tickMs;
    if (ms > 0) this.#stalls.push({ at: now, ms });
    this.#lookedAt = now;
    this.#look();
  };

  readonly #look = (): void => {
    const elapsed = this.#now();
    const refused = this.status !== undefined && !isStream(this);
    if (refused && elapsed > this.#headAt! + 1000) this.#stop();
    if (this.#options.enough(this, elapsed)) this.#stop();
  };

  readonly #stop = (): void => {
    this.#over = true;
    this.#controller?.abort(new Error("seen enough"));
    this.#done();
  };

  #ended(complete: boolean): void {
    if (!this.#over) this.#end = { at: this.#now(), complete };
    this.#done();
  }

  #fail(error: Error): void {
    if (!this.#over) this.#error = error;
    this.#done();
  }

  #now(): number {
    return performance.now() - this.#start;
  }
}

function tlsOf(socket: Socket | undefined): Observation["tls"] {
  if (!(socket instanceof TLSSocket)) return undefined;
  const expires = Date.parse(socket.getPeerCertificate().valid_to);
  return {
    protocol: socket.alpnProtocol || "http/1.1",
    expiresAt: Number.isNaN(expires) ? undefined : expires,
  };
}
