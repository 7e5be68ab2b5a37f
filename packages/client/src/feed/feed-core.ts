import type { FeedError } from "../core/errors.ts";
import type { FeedEvent } from "../core/event.ts";
import type { ResolvedOptions } from "../core/options.ts";
import { longestDelayMs, unref } from "../core/sleep.ts";
import type { CloseInfo, CloseReason, FeedState, OpenInfo, StatusOf } from "../core/status.ts";
import type { FeedStats, TracedFeed } from "../core/trace.ts";
import type { Channel } from "../delivery/channel.ts";
import { Listeners, report } from "../delivery/listeners.ts";
import { Subscribers, type Subscribed } from "../delivery/subscribers.ts";
import type { Callback, SubscribeOptions } from "../delivery/subscribe-options.ts";
import { Subscription, type AnySubscription } from "../delivery/subscription.ts";
import type { UrlSource } from "../http/request.ts";
import { Dispatch, type Engine } from "./dispatch.ts";
import type { MakeSource, Source, Whole } from "./source.ts";

type Event = FeedEvent<unknown>;
type Subscribing = [
  types: readonly string[],
  consumer: Callback<Event> | Channel<Event> | undefined,
  options: SubscribeOptions<Event>,
];

/** The engine of a feed: its state, which changes in `enter` alone, and its end. */
export class FeedCore implements Engine, Subscribed, TracedFeed {
  readonly listeners: Listeners = new Listeners(this);
  readonly subscribers: Subscribers;
  readonly dispatch: Dispatch;
  readonly source: Source;
  attempts = 0;
  opened = 0;
  state: FeedState = "idle";
  end: CloseInfo | undefined;
  openInfo: OpenInfo | undefined;
  /** `open()` was called: opens without a subscription, until the last of those that come leaves. */
  pinned = false;
  token: object | undefined;
  readonly #url: UrlSource;
  readonly #options: ResolvedOptions;
  /** Made when it is read: then somebody learns of the end. */
  #closed: Promise<CloseInfo> | undefined;
  #settle: ((info: CloseInfo) => void) | undefined;
  /** Between start and halt. */
  #running = false;
  #draining: Promise<unknown> | undefined;
  #lingering: ReturnType<typeof setTimeout> | undefined;
  /** Holds a Node process while nothing else does: a paused feed, or a stopped socket. */
  #alive: ReturnType<typeof setInterval> | undefined;
  /** Its signal is listened to. */
  #heeds = false;

  constructor(url: UrlSource, options: ResolvedOptions, makeSource: MakeSource) {
    this.#url = url;
    this.#options = options;
    this.subscribers = new Subscribers(this, this.listeners, options);
    this.dispatch = new Dispatch(this, options, this.listeners, this.subscribers);
    this.source = makeSource(url, options, this.dispatch);
    if (options.signal?.aborted) this.handleEvent();
  }

  get closed(): Promise<CloseInfo> {
    this.#closed ??= this.end
      ? Promise.resolve(this.end)
      : new Promise((settle) => (this.#settle = settle));
    this.heed();
    return this.#closed;
  }

  get url(): string {
    if (this.openInfo) return this.openInfo.url;
    if (typeof this.#url === "function") return "";
    const url = new URL(this.#url);
    url.username = url.password = "";
    return url.href;
  }

  get lastEventId(): string {
    return this.subscribers.place.received;
  }

  get stats(): FeedStats {
    const { attempts, opened, source, dispatch, subscribers } = this;
    const [{ bytes }, { events, gaps }] = [source, dispatch];
    return { attempts, opened, events, bytes, gaps, dropped: subscribers.lost };
  }

  subscribe(...asked: Subscribing): AnySubscription {
    const subscription = new Subscription<Event>(this.subscribers, ...asked);
    // Its signal may have been aborted, or its channel closed, before.
    if (subscription.end) return subscription;
    if (this.end) subscription.finish(this.end);
    else {
      this.subscribers.add(subscription);
      this.join();
    }
    return subscription;
  }

  /** Someone wants events: goes on, if it was about to stop, or starts. */
  join(): void {
    this.#stopLingering();
    if (this.state === "idle" && !this.#running && !this.end) this.#start();
  }

  reconnect(): void {
    if (this.state !== "open" && this.state !== "connecting" && this.state !== "waiting") return;
    this.dispatch.interrupt();
    this.source.start(this.subscribers.place.received);
  }

  pause(): void {
    if (this.end || this.state === "paused") return;
    this.#halt();
    this.keepAlive(true);
    this.enter({ kind: "paused" });
  }

  resume(): void {
    if (this.state !== "paused" || this.#draining) return;
    this.keepAlive(false);
    if (this.subscribers.size > 0 || this.pinned) this.#start();
    else this.#idle();
  }

  async drain(): Promise<void> {
    const { place, all } = this.subscribers;
    if (this.end) return place.saved();
    this.#halt();
    for (const each of all) each.finish();
    this.#draining ??= Promise.all(all.map(({ closed }) => closed));
    if (this.state !== "paused") this.enter({ kind: "paused" });
    await this.#draining;
    await place.saved();
    this.close("closed");
  }

  /** Ends it because its user wants so: callbacks get nothing more. */
  close(reason: CloseReason, error?: unknown): void {
    this.#over(reason, error, true);
  }

  /** Its signal aborts. */
  handleEvent(): void {
    this.close("aborted", this.#options.signal?.reason);
  }

  /** Listens to its signal while it runs, or somebody may notice that it was aborted: else it would be held by the signal for ever. */
  heed(): void {
    const { signal } = this.#options;
    const heeds =
      !this.end &&
      (this.state !== "idle" || this.#running || !!this.#closed || this.listeners.size > 0);
    if (!signal || heeds === this.#heeds) return;
    this.#heeds = heeds;
    if (!heeds) signal.removeEventListener("abort", this);
    else if (signal.aborted) this.handleEvent();
    else signal.addEventListener("abort", this, { once: true });
  }

  // What its source says.

  /** The one place where the state changes. */
  enter(status: StatusOf<FeedState>): void {
    this.state = status.kind;
    if (status.kind === "connecting") this.attempts++;
    else if (status.kind === "open") {
      const { kind: _, ...info } = status;
      this.openInfo = info;
      this.opened++;
    }
    this.listeners.tell(status);
  }

  keepAlive(on: boolean): void {
    clearInterval(this.#alive);
    this.#alive =
      on && this.#options.ref ? setInterval(() => undefined, longestDelayMs) : undefined;
  }

  ended(reason: CloseReason, error?: FeedError, whole?: Whole): void {
    this.#over(reason, error, false, whole);
  }

  // What its subscribers say.

  deserted(rewind: boolean): void {
    this.pinned = false;
    const isBack = rewind && this.subscribers.place.rewind();
    if (!this.#running) return;
    const { lingerMs, ref } = this.#options;
    if (lingerMs === 0 || isBack) return this.#idle();
    this.source.pause();
    this.#lingering = setTimeout(() => this.#idle(), Math.min(lingerMs, longestDelayMs));
    if (!ref) unref(this.#lingering);
  }

  full(full: boolean): void {
    if (full) this.source.pause();
    else if (!this.#lingering) this.source.resume();
  }

  #start(): void {
    const { place } = this.subscribers;
    const run = this.#halt();
    this.#running = true;
    this.heed();
    void place.load().then(() => {
      if (this.dispatch.isAt(run)) this.source.start(place.received);
    });
  }

  /** Stops its source: the number of what comes next. */
  #halt(): number {
    this.#running = false;
    const run = this.dispatch.interrupt();
    this.source.stop();
    this.#stopLingering();
    this.keepAlive(false);
    return run;
  }

  #idle(): void {
    this.#halt();
    // One that is asked once has ended when nobody listens any more.
    const { mode, resume } = this.#options;
    if (resume || (mode !== "steady" && mode !== "spec")) return this.close("closed");
    if (this.state !== "idle") this.enter({ kind: "idle" });
    this.heed();
  }

  #stopLingering(): void {
    if (!this.#lingering) return;
    clearTimeout(this.#lingering);
    this.#lingering = undefined;
    if (!this.subscribers.isFull) this.source.resume();
  }

  #over(reason: CloseReason, error: unknown, stops: boolean, whole?: Whole): void {
    const { subscribers } = this;
    if (this.end) {
      if (!stops) return;
      this.#rewind();
      for (const each of subscribers.all) each.stop(this.end);
      return;
    }
    const isFailure = reason === "failed" || reason === "exhausted";
    const isHeard =
      this.#closed !== undefined ||
      this.listeners.hears("closed", "error", "waiting") ||
      subscribers.all.some(({ form }) => form === "iterator");
    const info = { reason, ...(error !== undefined && { error }), lastEventId: "", ...whole };
    this.end = info;
    this.#halt();
    // Nothing is reported after the end.
    subscribers.tellDropped();
    if (stops) this.#rewind();
    for (const each of subscribers.all) each[stops ? "stop" : "finish"](info);
    // Only now: what callbacks did not get any more comes again.
    info.lastEventId = subscribers.place.received;
    this.heed();
    this.source.close();
    if (isFailure && !isHeard) report(error as FeedError);
    this.enter({ kind: "closed", ...info });
    this.#settle?.(info);
  }

  /** Readers still get what waits for them, if the process lives so long: a store must not count on it. */
  #rewind(): void {
    const { place } = this.subscribers;
    place.pin();
    place.rewind("feed");
  }
}
