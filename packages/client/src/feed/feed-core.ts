import type { ServerSentEvent } from "@steadfeed/parser";
import { say } from "#words";
import { answerOf } from "../core/answer.ts";
import { FeedError } from "../core/errors.ts";
import type { FeedEvent } from "../core/event.ts";
import type { ResolvedOptions } from "../core/options.ts";
import { longestDelayMs, unref } from "../core/sleep.ts";
import type {
  CloseInfo,
  CloseReason,
  FeedState,
  GapInfo,
  OpenInfo,
  StatusOf,
} from "../core/status.ts";
import type { Channel } from "../delivery/channel.ts";
import { DataDecoder } from "../delivery/decode.ts";
import { Listeners, report } from "../delivery/listeners.ts";
import { Place } from "../delivery/place.ts";
import { Subscribers } from "../delivery/subscribers.ts";
import {
  Subscription,
  type AnySubscription,
  type Callback,
  type Home,
  type Thrower,
  type SubscribeOptions,
} from "../delivery/subscription.ts";
import type { UrlSource } from "../http/request.ts";
import { endType } from "./end.ts";
import { gapOf, gapType } from "./gap.ts";
import type { MakeSource, Outlet, Report, Source } from "./source.ts";

type Event = FeedEvent<unknown>;

/** The engine of a feed: its state, which changes in `#enter` alone, its end, and who gets which event. */
export class FeedCore implements Outlet, Home {
  readonly listeners: Listeners = new Listeners();
  readonly place: Place;
  readonly subscribers: Subscribers = new Subscribers();
  readonly stats = { attempts: 0, opened: 0, events: 0, gaps: 0, dropped: 0 };
  state: FeedState = "idle";
  end: CloseInfo | undefined;
  openInfo: OpenInfo | undefined;
  /** `open()` was called: opens without a subscription, until the last of those that come leaves. */
  pinned = false;
  readonly #options: ResolvedOptions;
  readonly #decoder: DataDecoder;
  readonly #source: Source;
  /** Made when it is read: then somebody learns of the end. */
  #closed: Promise<CloseInfo> | undefined;
  #settle: ((info: CloseInfo) => void) | undefined;
  /** Between start and halt. `#runs` counts both: what is delivered stops when it changes. */
  #running = false;
  #runs = 0;
  #draining: Promise<unknown> | undefined;
  #lingering: ReturnType<typeof setTimeout> | undefined;
  /** Holds a Node process while nothing else does: a paused feed, or a stopped socket. */
  #alive: ReturnType<typeof setInterval> | undefined;
  /** The id that a server which replays inclusively sends again. */
  #seen: string | undefined;
  #full: Set<AnySubscription> | undefined;
  /** Whose policy dropped how many since it was last reported. */
  #lost: Map<AnySubscription, number> | undefined;
  /** Its signal is listened to. */
  #heeds = false;
  #printed = false;

  constructor(url: UrlSource, options: ResolvedOptions, makeSource: MakeSource) {
    this.#options = options;
    this.#decoder = new DataDecoder(options.events ?? {}, options.decode);
    this.place = new Place(options.lastEventId, options.store, this.listeners);
    this.#source = makeSource(url, options, this);
    if (options.signal?.aborted) this.handleEvent();
  }

  get closed(): Promise<CloseInfo> {
    this.#closed ??= this.end
      ? Promise.resolve(this.end)
      : new Promise((settle) => (this.#settle = settle));
    this.heed();
    return this.#closed;
  }

  get bytes(): number {
    return this.#source.bytes;
  }

  get lastEventId(): string {
    return this.place.received;
  }

  subscribe(
    types: readonly string[],
    consumer: Callback<Event> | Channel<Event> | undefined,
    options: SubscribeOptions<Event>,
  ): AnySubscription {
    const subscription = new Subscription<Event>(this, types, consumer, options);
    // Its signal may have been aborted, or its channel closed, before.
    if (subscription.over) return subscription;
    if (this.end) subscription.finish(this.end);
    else {
      this.place.add(subscription);
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
    this.#runs++;
    this.place.interrupt();
    this.#source.start(this.place.received);
  }

  pause(): void {
    if (this.end || this.state === "paused") return;
    this.#halt();
    this.#keepAlive(true);
    this.#enter({ kind: "paused" });
  }

  resume(): void {
    if (this.state !== "paused" || this.#draining) return;
    this.#keepAlive(false);
    if (this.subscribers.size > 0 || this.pinned) this.#start();
    else this.#idle();
  }

  async drain(): Promise<void> {
    if (this.end) return this.place.saved();
    this.#halt();
    const holders = [...this.place.holders] as AnySubscription[];
    this.#draining ??= Promise.all(holders.map((each) => each.drain()));
    if (this.state !== "paused") this.#enter({ kind: "paused" });
    await this.#draining;
    await this.place.saved();
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

  // The outlet of its source.

  report(status: Report): void {
    switch (status.kind) {
      case "comment":
        return this.listeners.comment(status.text);
      case "error":
        return this.listeners.threw(status.error);
      case "gap":
        // What is on its way does not move a cursor back that was refused.
        if (status.reason === "refused") this.place.moveTo("");
        return this.#gap(status);
      case "open": {
        const { kind: _, ...info } = status;
        this.openInfo = info;
        this.stats.opened++;
        this.#seen = this.#options.dedupe ? info.resumedFrom || undefined : undefined;
        return this.#enter(status);
      }
      case "connecting":
        this.stats.attempts++;
        return this.#enter(status);
      case "waiting":
        return this.#enter(status);
      default:
        this.listeners.tell(status);
    }
  }

  moved(id: string): void {
    this.place.moved(id);
  }

  deliver(event: ServerSentEvent): void {
    this.stats.events++;
    const number = this.place.arrive(event);
    const seen = this.#seen;
    this.#seen = undefined;
    if (event.type === gapType) {
      this.place.handed();
      return this.#gap(gapOf(event));
    }
    if (event.type === endType) {
      this.place.handed();
      return this.#over("ended", undefined, false, { complete: true });
    }
    const run = this.#runs;
    const isLast = this.#options.until !== undefined && this.#isLast(event);
    // The user's function may have stopped the feed: then the event comes again.
    if (run !== this.#runs) return;
    if (isLast || (seen !== undefined && event.id === seen)) {
      this.place.handed();
      if (isLast) this.#over("ended", undefined, false);
      return;
    }
    let decoded: Event;
    try {
      decoded = this.#decoder.decode(event);
    } catch (error) {
      if (run === this.#runs) this.#invalid(event, error as FeedError);
      return;
    }
    if (run === this.#runs) this.#handOut(decoded, number, run);
  }

  held(held: boolean): void {
    this.#keepAlive(held);
    if (!held) return;
    for (const { name, stats } of this.#full ?? []) {
      this.listeners.tell({ kind: "slow", subscription: name, pending: stats.pending });
    }
  }

  ended(
    reason: CloseReason,
    error?: FeedError,
    whole?: Pick<CloseInfo, "complete" | "leftover">,
  ): void {
    this.#over(reason, error, false, whole);
  }

  // The home of its subscriptions.

  leave(subscription: AnySubscription, rewind: boolean): void {
    this.room(subscription);
    if (!this.subscribers.remove(subscription) || this.subscribers.size > 0) return;
    this.pinned = false;
    const isBack = rewind && this.place.rewind();
    if (!this.#running) return;
    const { lingerMs, ref } = this.#options;
    if (lingerMs === 0 || isBack) return this.#idle();
    this.#source.pause();
    this.#lingering = setTimeout(() => this.#idle(), Math.min(lingerMs, longestDelayMs));
    if (!ref) unref(this.#lingering);
  }

  full(subscription: AnySubscription): void {
    (this.#full ??= new Set()).add(subscription);
    this.#source.pause();
  }

  room(subscription: AnySubscription): void {
    if (this.#full?.delete(subscription) && this.#full.size === 0 && !this.#lingering)
      this.#source.resume();
  }

  dropped(subscription: AnySubscription): void {
    this.stats.dropped++;
    const lost = (this.#lost ??= new Map<AnySubscription, number>());
    // A chunk may drop thousands: reported once.
    if (lost.size === 0) queueMicrotask(() => this.#tellDropped());
    lost.set(subscription, (lost.get(subscription) ?? 0) + 1);
  }

  taken(): void {
    this.place.save();
  }

  done(subscription: AnySubscription): void {
    this.place.delete(subscription);
  }

  callbackThrew(what: Thrower, name: string, cause: unknown): void {
    const why = cause instanceof TypeError ? `: ${cause.message}` : "";
    this.listeners.threw(new FeedError("callback", say(what, name, why), { cause }));
  }

  /** Decides who gets the event before anyone does, so that a filter that stops the feed takes it from nobody. */
  #handOut(event: Event, number: number, run: number): void {
    const { members, left } = this.subscribers.to(event.type);
    let wanted = members;
    if (left > 0 || members.some((each) => each.hasFilter)) {
      wanted = members.filter((each) => each.wants(event));
      if (run !== this.#runs) return;
    }
    const count = wanted.length;
    const before = this.place.decided();
    for (let at = 0; at < count; at++) {
      // One that ends the feed has the event, and those after it have not.
      if (at === count - 1) this.place.handed();
      wanted[at]!.deliver(event, before, number);
    }
    if (count === 0) this.place.handed();
    this.place.save();
  }

  #isLast(event: ServerSentEvent): boolean {
    try {
      return answerOf("until", this.#options.until!, event);
    } catch (cause) {
      this.callbackThrew("until-threw", "", cause);
      return false;
    }
  }

  #invalid({ type, data: raw }: ServerSentEvent, error: FeedError): void {
    this.place.handed();
    if (!this.listeners.hears("invalid", "error") && !this.#printed) {
      this.#printed = true;
      report(error);
    }
    this.listeners.tell({ kind: "invalid", error, type, raw });
  }

  #gap(info: GapInfo): void {
    this.stats.gaps++;
    const { reason, lastEventId, data } = info;
    this.listeners.tell({
      kind: "gap",
      reason,
      lastEventId,
      ...(data !== undefined && { data }),
    });
  }

  #start(): void {
    this.#halt();
    this.#running = true;
    const run = this.#runs;
    this.heed();
    void this.place.load().then(() => {
      if (run === this.#runs) this.#source.start(this.place.received);
    });
  }

  #halt(): void {
    this.#runs++;
    this.#running = false;
    this.place.interrupt();
    this.#source.stop();
    this.#stopLingering();
    this.#keepAlive(false);
  }

  #idle(): void {
    this.#halt();
    // One that is asked once is over when nobody listens any more.
    const { mode, resume } = this.#options;
    if (resume || (mode !== "steady" && mode !== "spec")) return this.close("closed");
    if (this.state !== "idle") this.#enter({ kind: "idle" });
    this.heed();
  }

  #stopLingering(): void {
    if (!this.#lingering) return;
    clearTimeout(this.#lingering);
    this.#lingering = undefined;
    if (!this.#full?.size) this.#source.resume();
  }

  #keepAlive(on: boolean): void {
    clearInterval(this.#alive);
    this.#alive =
      on && this.#options.ref ? setInterval(() => undefined, longestDelayMs) : undefined;
  }

  /** The one place where the state changes. */
  #enter(status: StatusOf<FeedState>): void {
    this.state = status.kind;
    this.listeners.tell(status);
  }

  #over(
    reason: CloseReason,
    error: unknown,
    stops: boolean,
    whole?: Pick<CloseInfo, "complete" | "leftover">,
  ): void {
    const subscriptions = (): AnySubscription[] => [...this.place.holders] as AnySubscription[];
    if (this.end) {
      const { end } = this;
      if (stops) this.#rewind();
      if (stops) for (const each of subscriptions()) each.stop(end);
      return;
    }
    const isFailure = reason === "failed" || reason === "exhausted";
    const isHeard =
      this.#closed !== undefined ||
      this.listeners.hears("closed", "error", "waiting") ||
      subscriptions().some(({ isIterator }) => isIterator);
    const info = { reason, ...(error !== undefined && { error }), lastEventId: "", ...whole };
    this.end = info;
    this.#halt();
    // Nothing is reported after the end.
    this.#tellDropped();
    if (stops) this.#rewind();
    for (const each of subscriptions()) each[stops ? "stop" : "finish"](info);
    // Only now: what callbacks did not get any more comes again.
    info.lastEventId = this.place.received;
    this.heed();
    this.#source.close();
    if (isFailure && !isHeard) report(error as FeedError);
    this.#enter({ kind: "closed", ...info });
    this.#settle?.(info);
  }

  /** Readers still get what waits for them, if the process lives so long: a store must not count on it. */
  #rewind(): void {
    this.place.pin();
    this.place.rewind("feed");
  }

  #tellDropped(): void {
    const lost = [...(this.#lost ?? [])];
    this.#lost?.clear();
    for (const [{ name }, count] of lost) {
      this.listeners.tell({ kind: "dropped", subscription: name, count });
    }
  }
}
