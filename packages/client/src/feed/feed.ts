/// <reference lib="esnext.disposable" preserve="true" />
import { createTransport as createPlatformTransport } from "#transport";
import type { ServerSentEvent } from "@steadfeed/parser";
import { Channel, type ChannelFor } from "../delivery/channel.ts";
import { Cursor } from "../delivery/cursor.ts";
import { DataDecoder } from "../delivery/decode.ts";
import { FeedError } from "../core/errors.ts";
import type { AnyEvent, EventMap, EventOf, FeedEvent } from "../core/event.ts";
import { FanOut } from "./fanout.ts";
import { Intake } from "./intake.ts";
import { Listeners, type ListenOptions } from "../delivery/listeners.ts";
import { Loop, type MakeLoop } from "./loop.ts";
import { nextOf, type OnceOptions } from "../delivery/once.ts";
import type { FeedOptions, ResolvedOptions } from "../core/options.ts";
import { resolve } from "../core/resolve.ts";
import { checkedUrl, type UrlSource } from "../http/request.ts";
import { checkedTypes, type Types } from "./routes.ts";
import { longestDelayMs, unref } from "../core/sleep.ts";
import type {
  CloseInfo,
  CloseReason,
  FeedState,
  FeedStatus,
  GapInfo,
  GapReason,
  OpenInfo,
  StatusKind,
  StatusOf,
} from "../core/status.ts";
import type { Callback, SubscribeOptions, Subscription } from "../delivery/subscription.ts";
import { createTransport as createFetchTransport } from "../http/transport-fetch.ts";
import type { Transport } from "../http/transport.ts";

/** How a feed has fared so far. */
export interface FeedStats {
  /** Requests made, redirects not counted. */
  readonly attempts: number;
  /** Answers that opened a stream. */
  readonly opened: number;
  /** Events received, whether or not anyone subscribed to them. */
  readonly events: number;
  readonly bytes: number;
  readonly gaps: number;
  /** Events dropped by full queues. */
  readonly dropped: number;
}

/** The type by which a Steadfeed server says that events are gone. */
const gapType = "steadfeed.gap";
const linger = "linger";

/**
 * One URL, one connection at a time, kept alive: reconnects, resumes where it was, and fans its events out
 * to any number of subscriptions. The first subscription opens it. When the last one leaves, the connection
 * is closed; the next one opens it again at the cursor.
 *
 * Errors: the constructor throws `TypeError` for a URL or an option that can't work. What goes wrong later
 *         is told by {@link Feed.status}; what no retry can mend also rejects `open()` and ends the feed,
 *         and every iterator throws it, once
 *
 * @see https://html.spec.whatwg.org/multipage/server-sent-events.html
 */
export class Feed<M extends EventMap = Record<string, string>>
  implements AsyncIterable<AnyEvent<M>>, AsyncDisposable
{
  /** Resolves when the feed is over, with the reason; never rejects. A cursor store may still be written to: `drain()` waits. */
  readonly closed: Promise<CloseInfo>;
  readonly #url: UrlSource;
  readonly #options: ResolvedOptions;
  readonly #decoder: DataDecoder;
  readonly #transport: Transport;
  readonly #listeners = new Listeners();
  readonly #cursor: Cursor;
  readonly #intake: Intake;
  readonly #fanout: FanOut;
  readonly #loop: ReturnType<MakeLoop>;
  readonly #stats = { attempts: 0, opened: 0, events: 0, bytes: 0, gaps: 0 };
  #settle!: (info: CloseInfo) => void;
  #state: FeedState = "idle";
  #end: CloseInfo | undefined;
  #openInfo: OpenInfo | undefined;
  /** `open()` was called: opens without a subscription, until the last of those that come leaves. */
  #pinned = false;
  #draining = false;
  #lingering: ReturnType<typeof setTimeout> | undefined;
  /** Holds a Node process while nothing else does: a paused feed, or a stopped socket. */
  #alive: ReturnType<typeof setInterval> | undefined;
  /** The id that a server which replays inclusively sends again. */
  #seen: string | undefined;
  #unlisten: () => void = () => undefined;

  constructor(url: UrlSource, options?: FeedOptions<M>);
  /** With another loop than that of one connection. @internal */
  constructor(url: UrlSource, options: FeedOptions<M> | undefined, makeLoop: MakeLoop);
  constructor(
    url: UrlSource,
    options: FeedOptions<M> = {},
    makeLoop: MakeLoop = (...parts) => new Loop(...parts),
  ) {
    this.#url = checkedUrl(url);
    this.#options = resolve(options);
    this.#decoder = new DataDecoder(this.#options.events ?? {}, this.#options.decode);
    const { fetch, node, timeouts, lastEventId, store } = this.#options;
    const { maxEventBytes, dispatchEmpty } = this.#options;
    const make = fetch ? createFetchTransport : createPlatformTransport;
    this.#transport = make({ fetch, node, connectMs: timeouts.connectMs, ref: this.#options.ref });
    this.#cursor = new Cursor(lastEventId, store, (error) => this.#listeners.threw(error));
    this.#intake = new Intake(
      {
        event: (event) => this.#event(event),
        comment: (text) => this.#listeners.comment(text),
        retry: (ms) => this.#loop.serverRetry(ms),
        id: (id) => this.#cursor.step(id),
        moved: (id) => this.#cursor.move(id),
        paused: (paused) => this.#paused(paused),
      },
      { maxEventBytes, dispatchEmpty },
    );
    this.#fanout = new FanOut(this.#cursor, this.#intake, this.#listeners, (rewind) =>
      this.#left(rewind),
    );
    this.#loop = makeLoop(this.#url, this.#options, this.#transport, this.#cursor, this.#intake, {
      state: () => this.#state,
      enter: (status) => this.#enter(status),
      opened: (info) => this.#opened(info),
      bytes: (chunk) => this.#bytes(chunk),
      gap: (info) => this.#gap(info),
      still: (status) => this.#listeners.tell(status),
      threw: (error) => this.#listeners.threw(error),
      end: (reason, error, outcome) =>
        this.#over(reason, error, "finish", outcome?.kind === "ended" && outcome.complete),
    });
    this.closed = new Promise((settle) => {
      this.#settle = settle;
    });
    this.#listen(options.signal);
  }

  get state(): FeedState {
    return this.#state;
  }

  /** The cursor: the last event id received, which the next attempt sends. Empty for none. */
  get lastEventId(): string {
    return this.#cursor.received;
  }

  /** The URL that answered last, after redirects; before that, the one that was given. */
  get url(): string {
    if (this.#openInfo) return this.#openInfo.url;
    if (typeof this.#url === "function") return "";
    const url = new URL(this.#url);
    url.username = url.password = "";
    return url.href;
  }

  get stats(): FeedStats {
    return { ...this.#stats, dropped: this.#fanout.droppedEvents };
  }

  /**
   * Takes the events of a type, of several types in one ordered queue, or (`'*'`) all: to iterate over,
   * by a callback, or into a channel. Opens the feed if it is idle.
   *
   * After: a subscription made before the first byte misses nothing. On a feed that is over it is over too
   */
  subscribe(type: "*", options?: SubscribeOptions<AnyEvent<M>>): Subscription<AnyEvent<M>>;
  subscribe(
    type: "*",
    consumer: Callback<AnyEvent<M>> | ChannelFor<AnyEvent<M>>,
    options?: SubscribeOptions<AnyEvent<M>>,
  ): Subscription<AnyEvent<M>>;
  subscribe<const K extends keyof M & string>(
    types: Types<K>,
    options?: SubscribeOptions<EventOf<M, K>>,
  ): Subscription<EventOf<M, K>>;
  subscribe<const K extends keyof M & string>(
    types: Types<K>,
    consumer: Callback<EventOf<M, K>> | ChannelFor<EventOf<M, K>>,
    options?: SubscribeOptions<EventOf<M, K>>,
  ): Subscription<EventOf<M, K>>;
  subscribe(
    types: Types<string>,
    second?: Callback<never> | Channel<any> | SubscribeOptions<never>,
    third?: SubscribeOptions<never>,
  ): Subscription<never> {
    const isConsumer = typeof second === "function" || second instanceof Channel;
    if (!isConsumer && second && "send" in second) {
      throw new TypeError("subscribe delivers into a Channel of this package, or to a callback.");
    }
    const subscription = this.#fanout.add(
      checkedTypes(types),
      (isConsumer ? second : undefined) as
        | Callback<FeedEvent<unknown>>
        | Channel<FeedEvent<unknown>>,
      ((isConsumer ? third : second) ?? {}) as SubscribeOptions<FeedEvent<unknown>>,
    );
    if (this.#end) subscription.finish(this.#end);
    else if (!subscription.over) this.#join();
    return subscription as Subscription<never>;
  }

  /**
   * Waits for one event. Rejects when the feed ends, the signal aborts, or (`timeout`) none came within `timeoutMs`.
   *
   * After: it leaves as a subscription does. Where no other keeps the feed open, each call is a request: for one
   *        event after the other, iterate
   */
  async once<const K extends keyof M & string>(
    types: Types<K>,
    options: OnceOptions = {},
  ): Promise<EventOf<M, K>> {
    return nextOf(this.subscribe(types, { signal: options.signal }), options, this);
  }

  /** All events, as `subscribe('*')`. */
  [Symbol.asyncIterator](): Subscription<AnyEvent<M>> {
    return this.subscribe("*");
  }

  /**
   * Opens the feed without a subscription, and says how that went: resolves with the answer that opened it,
   * rejects with the error of an attempt that failed. The feed goes on trying by itself unless it is over.
   * On a paused feed it waits for `resume()`.
   */
  open(): Promise<OpenInfo> {
    this.#pinned = true;
    this.#join();
    if (this.#state === "open" && this.#openInfo) return Promise.resolve(this.#openInfo);
    const opened = new Promise<OpenInfo>((settle, fail) => {
      const offs = [
        this.#listeners.on("open", (info) => done(() => settle(info))),
        this.#listeners.on("waiting", ({ error }) => done(() => fail(error))),
        this.#listeners.on("closed", (info) => done(() => fail(closedError(info, this.url)))),
      ];
      const done = (settled: () => void): void => {
        for (const off of offs) off();
        settled();
      };
      if (this.#end) done(() => fail(closedError(this.#end!, this.url)));
    });
    // Who does not look at the promise is told by status().
    opened.catch(() => undefined);
    return opened;
  }

  /** Drops the connection or the wait at hand and connects at once, at the cursor. */
  reconnect(): void {
    if (this.#state === "open" || this.#state === "connecting" || this.#state === "waiting")
      this.#loop.start();
  }

  /** Drops the connection; cursor, subscriptions and their queues stay. */
  pause(): void {
    if (this.#end || this.#state === "paused") return;
    this.#halt();
    this.#keepAlive(true);
    this.#enter({ kind: "paused" });
  }

  /** Goes on after `pause()`, at the cursor. */
  resume(): void {
    if (this.#state !== "paused" || this.#draining) return;
    this.#keepAlive(false);
    if (this.#fanout.size > 0 || this.#pinned) this.#loop.start();
    else this.#enter({ kind: "idle" });
  }

  /**
   * Ends the feed, now and for good. Iterators and channels still get what was received, callbacks nothing
   * more. Idempotent.
   */
  close(reason?: unknown): void {
    this.#over("closed", reason, "stop");
  }

  /** Takes nothing more from the server, waits until every subscription has taken what was received, then is closed. Of a feed that is over: waits for its cursor store. */
  async drain(): Promise<void> {
    if (this.#end) return this.#cursor.saved();
    this.#draining = true;
    this.#halt();
    if (this.#state !== "paused") this.#enter({ kind: "paused" });
    await this.#fanout.drain();
    await this.#cursor.saved();
    this.close();
  }

  /** Ends the feed, and waits until a cursor store has what was taken. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.close();
    await this.#cursor.saved();
  }

  /** Calls the listener for each status of one kind, or for each comment, until the signal aborts or the returned function is called. */
  on<K extends StatusKind>(
    kind: K,
    listener: (status: StatusOf<K>) => unknown,
    options?: ListenOptions,
  ): () => void;
  on(kind: "comment", listener: (text: string) => unknown, options?: ListenOptions): () => void;
  on(kind: never, listener: never, options?: ListenOptions): () => void {
    return this.#listeners.on(kind, listener, options);
  }

  /** Every status from now on, to iterate over; done after `closed`. */
  status(): AsyncIterableIterator<FeedStatus, undefined> {
    return this.#listeners.stream();
  }

  /** Someone wants events: goes on, if it was about to stop, or starts. */
  #join(): void {
    this.#stopLingering();
    if (this.#state === "idle" && !this.#loop.running) this.#loop.start();
  }

  /** The last subscription left. With `rewind`, what it had not taken is to come again. */
  #left(rewind: boolean): void {
    this.#pinned = false;
    const behind = rewind && this.#cursor.rewind();
    if (!this.#loop.running) return;
    if (this.#options.lingerMs === 0 || behind) return this.#idle();
    this.#intake.hold(linger);
    this.#lingering = setTimeout(
      () => this.#idle(),
      Math.min(this.#options.lingerMs, longestDelayMs),
    );
    if (!this.#options.ref) unref(this.#lingering);
  }

  #idle(): void {
    this.#halt();
    if (this.#state !== "idle") this.#enter({ kind: "idle" });
  }

  #stopLingering(): void {
    clearTimeout(this.#lingering);
    this.#lingering = undefined;
    this.#intake.release(linger);
  }

  #halt(): void {
    this.#loop.stop();
    this.#stopLingering();
    this.#keepAlive(false);
  }

  #opened(info: OpenInfo): void {
    this.#stats.opened++;
    this.#openInfo = info;
    this.#seen = this.#options.dedupe && info.resumedFrom !== "" ? info.resumedFrom : undefined;
    this.#enter({ kind: "open", ...info });
  }

  #bytes(chunk: Uint8Array): void {
    this.#stats.bytes += chunk.length;
    this.#intake.bytes(chunk);
  }

  #event(event: ServerSentEvent): void {
    this.#stats.events++;
    this.#loop.event(event);
    this.#cursor.arrive(event.lastEventId);
    const seen = this.#seen;
    this.#seen = undefined;
    const isGap = event.type === gapType;
    const isLast = !isGap && this.#isLast(event);
    // The user's until may have closed the feed.
    if (this.#end) return;
    if (!isGap && !isLast && (seen === undefined || event.id !== seen)) return this.#deliver(event);
    this.#cursor.pass();
    if (isGap) this.#gap(gapOf(event));
    else if (isLast) this.#over("ended", undefined, "finish");
  }

  #deliver(event: ServerSentEvent): void {
    let decoded: FeedEvent<unknown>;
    try {
      decoded = this.#decoder.decode(event);
    } catch (error) {
      const { type, data: raw } = event;
      this.#cursor.pass();
      return this.#listeners.tell({ kind: "invalid", error: error as FeedError, type, raw });
    }
    this.#fanout.deliver(decoded);
  }

  #isLast(event: ServerSentEvent): boolean {
    try {
      return this.#options.until?.(event) ?? false;
    } catch (cause) {
      this.#listeners.threw(new FeedError("callback", "The until function threw.", { cause }));
      return false;
    }
  }

  #gap(info: GapInfo): void {
    this.#stats.gaps++;
    this.#listeners.tell({ kind: "gap", ...info });
  }

  #paused(paused: boolean): void {
    this.#keepAlive(paused);
    if (paused) this.#fanout.tellSlow();
  }

  #keepAlive(on: boolean): void {
    clearInterval(this.#alive);
    this.#alive =
      on && this.#options.ref ? setInterval(() => undefined, longestDelayMs) : undefined;
  }

  /** The one place where the state changes. */
  #enter(status: StatusOf<FeedState>): void {
    this.#state = status.kind;
    if (status.kind === "connecting") this.#stats.attempts++;
    this.#listeners.tell(status);
  }

  #over(reason: CloseReason, error: unknown, how: "stop" | "finish", complete = false): void {
    if (this.#end) return how === "stop" ? this.#fanout.end(this.#end, how) : undefined;
    const end = {
      reason,
      ...(error !== undefined && { error }),
      ...(complete && { complete }),
      lastEventId: "",
    };
    this.#end = end;
    this.#unlisten();
    this.#halt();
    this.#fanout.end(end, how);
    // Only now: what callbacks did not get any more is to come again.
    end.lastEventId = this.#cursor.received;
    this.#transport.close();
    this.#enter({ kind: "closed", ...end });
    this.#settle(end);
  }

  #listen(signal: AbortSignal | undefined): void {
    const abort = (): void => this.#over("aborted", signal?.reason, "stop");
    if (signal?.aborted) return abort();
    signal?.addEventListener("abort", abort, { once: true });
    this.#unlisten = () => signal?.removeEventListener("abort", abort);
  }
}

const serverReasons: readonly GapReason[] = ["trimmed", "reset", "slow", "unknown"];

function gapOf({ data, lastEventId }: ServerSentEvent): GapInfo {
  try {
    const { reason, from } = JSON.parse(data) as { reason?: unknown; from?: unknown };
    if (typeof reason === "string" && typeof from === "string")
      return {
        reason: serverReasons.find((each) => each === reason) ?? "unknown",
        lastEventId: from,
        data,
      };
  } catch {
    // A gap in words that we do not know is a gap all the same.
  }
  return { reason: "unknown", lastEventId, data };
}

function closedError({ reason, error }: CloseInfo, url: string): FeedError {
  if (error instanceof FeedError) return error;
  return new FeedError("closed", `The feed is over (${reason}).`, { url, cause: error });
}
