import { keepAlive, startTimer } from "#timers";
import { say } from "#words";
import { Deferred } from "../core/deferred.ts";
import { FeedError } from "../core/errors.ts";
import type { ResolvedOptions } from "../core/options.ts";
import { print } from "../core/print.ts";
import {
  isFailure,
  type CloseInfo,
  type CloseReason,
  type FeedState,
  type OpenInfo,
  type StatusOf,
} from "../core/status.ts";
import type { AnyConsumer } from "../delivery/consumer.ts";
import { repeats } from "../http/policy.ts";
import type { UrlSource } from "../http/request.ts";
import { Dispatch } from "./dispatch.ts";
import type { MakeSource, Source, EndFacts } from "./source.ts";

/** The engine of a feed: its state, which only `enter` changes, and its end. */
export class FeedCore extends Dispatch {
  state: FeedState = "idle";
  protected readonly source: Source;
  #end: (CloseInfo & { lastEventId: string }) | undefined;
  /** `open()` was called: the feed stays open without a subscription, until the last later subscription leaves. */
  #pinned = false;
  /** The result of `open()`, while it is pending. */
  #opening: Deferred<OpenInfo> | undefined;
  /** Created on first use. If it exists, the user learns of the end. */
  #closed: Deferred<CloseInfo> | undefined;
  /** The number of full queues. */
  #full = 0;
  /** True between start and halt. */
  #running = false;
  #draining: Promise<unknown> | undefined;
  #lingering: ReturnType<typeof setTimeout> | undefined;

  constructor(url: UrlSource, options: ResolvedOptions, makeSource: MakeSource) {
    super(url, options);
    this.source = makeSource(url, options, this);
    if (options.signal?.aborted) this.handleEvent();
  }

  get closed(): Promise<CloseInfo> {
    this.#closed ??= new Deferred();
    if (this.#end) this.#closed.settle(this.#end);
    this.heed();
    return this.#closed.promise;
  }

  /** Adds a subscription, and opens the feed for it. */
  admit(consumer: AnyConsumer): void {
    consumer.start();
    // Its signal may already have been aborted, or its channel closed.
    if (consumer.end) return;
    if (this.#end) return consumer.finish(this.#end);
    this.add(consumer);
    this.#join();
  }

  open(): Promise<OpenInfo> {
    this.#pinned = true;
    this.#join();
    const { promise } = (this.#opening ??= new Deferred());
    // Callers that ignore the promise get the status instead.
    promise.catch(() => undefined);
    if (this.#end || this.state === "open") this.#answerOpen();
    return promise;
  }

  reconnect(): void {
    if (!this.#running || this.state === "idle") return;
    this.place.interrupt();
    this.source.start(this.lastEventId);
  }

  pause(): void {
    if (this.#end || this.state === "paused") return;
    this.#halt();
    keepAlive(this, true);
    this.enter({ kind: "paused" });
  }

  resume(): void {
    if (this.state !== "paused" || this.#draining) return;
    keepAlive(this, false);
    if (this.taking > 0 || this.#pinned) void this.#start();
    else this.#idle();
  }

  async drain(): Promise<void> {
    const { place, consumers } = this;
    if (this.#end) return place.store?.save();
    this.#halt();
    for (const each of consumers) each.finish();
    this.#draining ??= Promise.all(consumers.map(({ closed }) => closed));
    if (this.state !== "paused") this.enter({ kind: "paused" });
    await this.#draining;
    await place.store?.save();
    this.close("closed");
  }

  /**
   * Closes it, permanently. With `stops`, the user asks for it: callbacks get nothing more. Otherwise they, like readers,
   * still get the received events, unless the user closes the feed too.
   */
  close(reason: CloseReason, error?: unknown, stops = true, facts?: EndFacts): void {
    const { consumers } = this;
    const earlier = this.#end;
    if (earlier && !stops) return;
    const info = earlier ?? {
      reason,
      ...(error !== undefined && { error }),
      lastEventId: "",
      ...facts,
    };
    const isHeard =
      this.#closed ||
      this.#opening ||
      this.listeners.hears("closed", "error", "waiting") ||
      consumers.some(({ form }) => form === "iterator");
    this.#end = info;
    if (!earlier) this.#halt();
    if (stops) this.place.pin();
    for (const each of consumers) each[stops ? "stop" : "finish"](info);
    if (earlier) return;
    // Set last: the events that callbacks did not get are delivered again later, so they move the cursor back.
    info.lastEventId = this.lastEventId;
    this.heed();
    this.source.close();
    if (isFailure(info) && !isHeard) print(error as FeedError);
    this.enter({ kind: "closed", ...info });
    this.#closed?.settle(info);
  }

  /** Called when its signal aborts. */
  handleEvent(): void {
    this.close("aborted", this.options.signal!.reason);
  }

  /** Listens to its signal only while it runs or its end can be noticed: otherwise the signal would keep the feed in memory. */
  heed(): void {
    const { signal } = this.options;
    const heeds =
      !this.#end &&
      (this.state !== "idle" || this.#running || this.#closed || this.listeners.size > 0);
    if (!heeds) signal?.removeEventListener("abort", this);
    else if (signal?.aborted) this.handleEvent();
    else signal?.addEventListener("abort", this);
  }

  // Reports of the source.

  ended(reason: CloseReason, error?: FeedError, facts?: EndFacts): void {
    this.close(reason, error, false, facts);
  }

  /** The one place where the state changes. */
  protected enter(status: StatusOf<FeedState>): void {
    const { kind } = status;
    this.state = kind;
    if (kind === "open" || kind === "closed") this.#answerOpen();
    if (kind === "waiting") this.#answerOpen(status.error);
    this.listeners.tell(status);
  }

  // Reports of the subscriptions.

  protected deserted(rewind: boolean): void {
    this.#pinned = false;
    const isBack = rewind && this.place.rewind();
    if (!this.#running) return;
    const { lingerMs, ref } = this.options;
    if (lingerMs === 0 || isBack) return this.#idle();
    this.source.pause();
    this.#lingering = startTimer(() => this.#idle(), lingerMs, ref);
  }

  filled(full: boolean): void {
    this.#full += full ? 1 : -1;
    if (full) this.source.pause();
    else this.#resumeSource();
  }

  /** Events are wanted: cancels a pending stop, or starts. */
  #join(): void {
    this.#stopLingering();
    if (this.state === "idle" && !this.#running && !this.#end) void this.#start();
  }

  async #start(): Promise<void> {
    this.#running = true;
    this.heed();
    const { place } = this;
    const { stops } = place;
    await place.store?.load();
    if (stops === place.stops) this.source.start(this.lastEventId);
  }

  #halt(): void {
    this.#running = false;
    this.place.interrupt();
    this.source.stop();
    this.#stopLingering();
    keepAlive(this, false);
  }

  #idle(): void {
    this.#halt();
    // A one-shot feed is complete when its last subscription leaves.
    const { mode, resume } = this.options;
    if (resume || !repeats(mode)) return this.close("closed");
    if (this.state !== "idle") this.enter({ kind: "idle" });
    this.heed();
  }

  #stopLingering(): void {
    clearTimeout(this.#lingering);
    this.#lingering = undefined;
    this.#resumeSource();
  }

  /** Resumes the source, unless a queue is full or there is no subscription. */
  #resumeSource(): void {
    if (this.#full === 0 && !this.#lingering) this.source.resume();
  }

  /** Settles all calls of `open()`. */
  #answerOpen(cause = this.#end?.error): void {
    const opening = this.#opening;
    this.#opening = undefined;
    if (!opening) return;
    const { url } = this;
    if (this.state === "open") opening.settle(this.openInfo!);
    // Without an end, the cause is always a FeedError. `instanceof` fails for it if Bun has loaded the class twice.
    else if (!this.#end || cause instanceof FeedError) opening.fail(cause);
    else opening.fail(new FeedError("closed", say("closed", this.#end.reason), { url, cause }));
  }
}
