import { Feed, type FeedOptions, type FetchLike, type FeedStatus } from "@steadfeed/client";
import { afterEach, beforeEach, expect, vi } from "vitest";
import { statuses } from "./collect.ts";

/** The real one: a fake clock may stand in its place when `settle` is called. */
const nextTurn = globalThis.setImmediate;

/** Lets everything happen that needs no time: promises, streams, and what they set off. */
export async function settle(): Promise<void> {
  for (let turns = 0; turns < 3; turns++) await new Promise((resolve) => nextTurn(resolve));
}

export interface Head {
  /** Default: 200. */
  readonly status?: number;
  /** Default: the content type of an event stream. */
  readonly headers?: Record<string, string>;
}

type Item = Uint8Array<ArrayBuffer> | "end" | Error;

/** One request that a feed made, and the server's side of it. What is not told to happen does not: it hangs. */
export class WireRequest {
  readonly url: string;
  readonly method: string;
  readonly headers: Headers;
  readonly body: unknown;
  readonly init: RequestInit;
  /** Bytes that the client has taken from the wire. */
  pulledBytes = 0;
  /** The client gave it up. */
  aborted = false;
  /** The server ended or broke it. */
  ended = false;
  readonly #items: Item[] = [];
  #arrived: () => void = () => undefined;
  #answer!: (response: Response) => void;
  #refuse!: (error: Error) => void;
  #answered = false;
  /** What `fetch` gave the client. @internal */
  readonly response: Promise<Response>;

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
  }

  /** Whether it is still under way. */
  get live(): boolean {
    return !this.aborted && !this.ended;
  }

  /** The cursor that was sent, as its text. */
  get lastEventId(): string | undefined {
    const value = this.headers.get("Last-Event-ID");
    return value === null ? undefined : Buffer.from(value, "latin1").toString();
  }

  /** Answers: with an open event stream, unless told otherwise. */
  answer({ status = 200, headers = { "Content-Type": "text/event-stream" } }: Head = {}): this {
    const body = new ReadableStream<Uint8Array>(
      { pull: (controller) => this.#pull(controller), cancel: () => this.abort() },
      { highWaterMark: 0 },
    );
    const bodiless = [204, 205, 304].includes(status);
    this.#answered = true;
    this.#answer(new Response(bodiless ? null : body, { status, headers }));
    if (bodiless) this.ended = true;
    return this;
  }

  /** Sends text or bytes as one chunk, or as several, cut at the given places. */
  send(data: string | Uint8Array, ...cuts: number[]): this {
    const bytes = Buffer.from(data as string);
    const places = [0, ...cuts, bytes.length];
    for (const [index, from] of places.slice(0, -1).entries()) {
      this.#put(new Uint8Array(bytes.subarray(from, places[index + 1])));
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

  /** Breaks the connection, before the head or in the body. */
  reset(message = "read ECONNRESET"): this {
    const error = new TypeError("fetch failed", {
      cause: Object.assign(new Error(message), { code: message.split(" ").at(-1) }),
    });
    if (this.#answered) return this.#put(error);
    this.ended = true;
    this.#refuse(error);
    return this;
  }

  /** The client gives it up, as fetch does by its signal. @internal */
  abort(): void {
    if (!this.live) return;
    this.aborted = true;
    const error = new DOMException("This operation was aborted", "AbortError");
    this.#refuse(error);
    this.#items.length = 0;
    this.#put(error);
  }

  #put(item: Item): this {
    // What was sent is sent; what comes after the end goes nowhere.
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

export interface WireOptions {
  /** `false`: a fetch that knows nothing of its signal. Default: `true`. */
  readonly honoursAbort?: boolean;
}

/** The server of a test: called at each request, with 1 for the first. */
export type Serve = (request: WireRequest, number: number) => void;

/** A network without sockets: its `fetch` for the feed, its requests for the test, which plays the server. */
export class Wire {
  readonly requests: WireRequest[] = [];
  /** The most requests that were under way at one time. */
  mostLive = 0;
  readonly #serve: Serve;
  readonly #honoursAbort: boolean;

  /** Without `serve`, requests hang until the test answers. */
  constructor(serve: Serve = () => undefined, { honoursAbort = true }: WireOptions = {}) {
    this.#serve = serve;
    this.#honoursAbort = honoursAbort;
  }

  readonly fetch: FetchLike = (url, init) => {
    const request = new WireRequest(url, init);
    this.requests.push(request);
    if (this.#honoursAbort) {
      if (init.signal?.aborted) request.abort();
      init.signal?.addEventListener("abort", () => request.abort(), { once: true });
    }
    this.mostLive = Math.max(this.mostLive, this.live.length);
    this.#serve(request, this.requests.length);
    return request.response;
  };

  /** The requests under way. */
  get live(): WireRequest[] {
    return this.requests.filter((request) => request.live);
  }

  /** The newest request. */
  get last(): WireRequest {
    const last = this.requests.at(-1);
    if (!last) throw new Error("No request was made.");
    return last;
  }
}

const open: { close(): void }[] = [];

/** Closes a feed, or what has feeds, at the end of the test, before what is left running is counted. */
export function closing<T extends { close(): void }>(what: T): T {
  open.push(what);
  return what;
}

/** Puts a fake clock under each test of the file, closes its feeds behind it, and counts what they left running. */
export function fakeClock(): void {
  beforeEach(() => {
    vi.useFakeTimers();
  });
  afterEach(async () => {
    for (const each of open.splice(0)) each.close();
    await settle();
    const timers = vi.getTimerCount();
    vi.useRealTimers();
    expect(timers, "timers left behind by a closed feed").toBe(0);
  });
}

/** Lets time pass on the fake clock, with all that happens in it. */
export async function pass(ms: number): Promise<void> {
  await vi.advanceTimersByTimeAsync(ms);
}

/** What an asynchronous callback waits for: some of the time that `pass` lets pass. */
export function work(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

/** A feed on a wire of its own, with delays that are not left to chance; idle until the test subscribes. */
export function wired(
  serve?: Serve,
  options: FeedOptions = {},
): { readonly wire: Wire; readonly feed: Feed; readonly told: FeedStatus[] } {
  const wire = new Wire(serve);
  const { retry } = options;
  const feed = new Feed("http://wire.test/events", {
    fetch: wire.fetch,
    ...options,
    retry: typeof retry === "object" || retry === undefined ? { jitter: "none", ...retry } : retry,
  });
  closing(feed);
  return { wire, feed, told: statuses(feed) };
}

/** `wired` with one subscription to all events, once all has happened that needs no time. */
export async function listening(serve?: Serve, options?: FeedOptions) {
  const made = wired(serve, options);
  const data: string[] = [];
  const subscription = made.feed.subscribe("*", (event) => void data.push(event.data));
  await settle();
  return { ...made, data, subscription };
}
