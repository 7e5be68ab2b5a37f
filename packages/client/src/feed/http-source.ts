import { createTransport } from "#transport";
import { say } from "#words";
import type { ServerSentEvent } from "@steadfeed/parser";
import { messageOf } from "../core/answer.ts";
import { FeedError } from "../core/errors.ts";
import type { Attempt, ResolvedOptions } from "../core/options.ts";
import { sleep } from "../core/sleep.ts";
import type { CloseReason, OpenInfo } from "../core/status.ts";
import { Exchange } from "../http/exchange.ts";
import type { Outcome } from "../http/policy.ts";
import { isSendable, toHeaderValue, type UrlSource } from "../http/request.ts";
import type { Transport, TransportRequest } from "../http/transport.ts";
import { Backoff } from "./backoff.ts";
import { Continuation, type Onward } from "./continuation.ts";
import { HttpStream, type StreamOwner, type WrapParser } from "./http-stream.ts";
import { Page, type PageOwner } from "./page.ts";
import { Patience } from "./patience.ts";
import type { Outlet, Report, Source, Whole } from "./source.ts";

/** How long a consumer of a page may stand still before its connection is dropped, in ms. */
const standstillMs = 5000;

/**
 * One connection at a time: attempt, decide, sleep, again. Each start is a run of its own with a signal of its own; a
 * run whose signal is aborted has no further effect.
 */
export class HttpSource implements Source, StreamOwner, PageOwner {
  bytes = 0;
  /** The answer that `resume` lets go on, once there is one. */
  answer: Continuation | undefined;
  readonly #url: UrlSource;
  readonly #options: ResolvedOptions;
  readonly #transport: Transport;
  readonly #outlet: Outlet;
  readonly #wrap: WrapParser | undefined;
  readonly #backoff: Backoff;
  readonly #patience: Patience;
  readonly #page: Page;
  #run: AbortController | undefined;
  #stream: HttpStream | undefined;
  /** The cursor, and the origin that gave it; `undefined`: the user did. */
  #cursor = "";
  #origin: string | undefined;
  /** The origin that is read from, and the URL that answered. */
  #giver: string | undefined;
  #answered = "";
  /** The cursor that was meant to be sent. */
  #sent = "";
  #started = false;
  #paused = false;
  #waiting = false;
  /** The newest event had an id of its own. */
  #exact = false;
  #standstill: ReturnType<typeof setTimeout> | undefined;
  /** The connection was dropped because the consumer stood still. */
  #dropped = false;

  constructor(url: UrlSource, options: ResolvedOptions, outlet: Outlet, wrap?: WrapParser) {
    const { fetch, node, timeouts, ref } = options;
    this.#url = url;
    this.#options = options;
    this.#outlet = outlet;
    this.#wrap = wrap;
    this.#transport = createTransport({ fetch, node, connectMs: timeouts.connectMs, ref });
    this.#backoff = new Backoff(options.retry);
    this.#patience = new Patience(options, this.#backoff, outlet);
    this.#page = new Page(options.hidden, this);
  }

  get running(): boolean {
    return this.#run !== undefined;
  }

  start(from: string): void {
    this.stop();
    this.#cursor = from;
    this.#run = new AbortController();
    // What can't be asked for again is not given up for a page.
    if (this.#options.mode === "steady" || this.#options.mode === "spec") this.#page.start();
    void this.#loop(this.#run.signal);
  }

  stop(): void {
    this.#page.stop();
    this.#begin(undefined);
  }

  pause(): void {
    this.#paused = true;
    this.#stream?.brake.pause();
  }

  resume(): void {
    this.#paused = false;
    if (this.#dropped) this.start(this.#cursor);
    else this.#stream?.brake.resume();
  }

  close(): void {
    this.#transport.close();
  }

  /** The page: what is open may be dead, and a wait is over. */
  wake(): void {
    // [spec] The standard's client may wait for the network, but does not replace what is open.
    if (!this.#waiting && this.#options.mode === "spec") return;
    if (this.#patience.isAsked || this.#dropped) return;
    this.#patience.startOver();
    this.start(this.#cursor);
  }

  /** The page: no connection until `wake`. */
  hold(error: FeedError): void {
    if (!this.#waiting) this.#wait(error);
  }

  // The stream's owner.

  refused(lastEventId: string): void {
    this.#cursor = this.#sent = "";
    this.#outlet.report({ kind: "gap", reason: "refused", lastEventId });
  }

  opened(info: OpenInfo, request: TransportRequest): string | undefined {
    const stream = this.#stream;
    const options = this.#options;
    if (options.resume) this.answer ??= new Continuation(options, request, info);
    this.#giver = request.url.origin;
    this.#answered = info.url;
    this.#backoff.opened(performance.now());
    this.#reportGap(info);
    if (stream !== this.#stream) return undefined;
    if (this.#paused) stream?.brake.pause();
    return this.answer?.replays ? options.lastEventId : this.#cursor;
  }

  read(bytes: number): void {
    this.bytes += bytes;
  }

  moved(id: string): void {
    if (this.answer?.skips) return;
    this.#cursor = id;
    this.#origin = this.#giver;
    this.#outlet.moved(id);
  }

  deliver(event: ServerSentEvent): void {
    const isNew = this.answer ? this.answer.takes(event) : true;
    if (isNew === undefined) {
      this.#stream?.fail("not-resumable", say("another-answer", this.#answered));
      this.#drop();
    }
    if (!isNew) return;
    this.#exact = event.id !== undefined;
    if (this.#backoff.failures > 0) this.#backoff.event(performance.now());
    this.#outlet.deliver(event);
  }

  serverRetry(ms: number): void {
    this.#backoff.serverRetry(ms);
  }

  report(report: Report): void {
    this.#outlet.report(report);
  }

  held(held: boolean): void {
    clearTimeout(this.#standstill);
    this.#standstill = undefined;
    this.#outlet.held(held);
    // Some browsers read on, and keep what nobody takes. What has an id can be asked for again.
    if (!held || !this.#page.inPage || this.#options.method !== "GET") return;
    this.#standstill = setTimeout(() => {
      if (!this.#exact) return;
      this.#wait(new FeedError("overflow", say("standstill"), { url: this.#answered }));
      this.#dropped = true;
    }, standstillMs);
  }

  ended(reason: CloseReason, error?: FeedError, whole?: Whole): void {
    this.#outlet.ended(reason, error, whole);
  }

  /** A run takes the place of the one before, if there is one. */
  #begin(run: AbortController | undefined): void {
    const before = this.#run;
    this.#run = run;
    this.#waiting = this.#dropped = false;
    this.#drop();
    before?.abort();
  }

  #drop(): void {
    const stream = this.#stream;
    this.#stream = undefined;
    stream?.drop();
  }

  /** Gives up the attempt, and waits until something starts it again. */
  #wait(error: FeedError): void {
    this.#begin(new AbortController());
    this.#waiting = true;
    const attempt = Math.max(1, this.#backoff.failures);
    this.#outlet.report({ kind: "waiting", delayMs: Infinity, error, attempt });
  }

  async #loop(signal: AbortSignal): Promise<void> {
    // What is called for in one turn makes one attempt.
    await Promise.resolve();
    let error: FeedError | undefined;
    let to = await this.#onward();
    while (to && !signal.aborted) {
      const stream = new HttpStream(this, this.#options, this.#wrap);
      this.#stream = stream;
      const outcome = await this.#attempt(signal, error, stream, to);
      if (signal.aborted) return;
      const whole = {
        ...(outcome.kind === "ended" && outcome.complete && { complete: true as const }),
        ...(outcome.kind === "ended" && stream.leftover && { leftover: true as const }),
      };
      this.#drop();
      const url = this.#answered;
      const mode = this.answer ? "steady" : this.#options.mode;
      const decision = this.#patience.decide(outcome, url, mode);
      // The user's retry function may have closed the feed.
      if (signal.aborted) return;
      if (!decision.retry) return this.#outlet.ended(decision.reason, decision.error, whole);
      error = outcome.kind === "failed" ? outcome.error : undefined;
      const { delayMs, cause, attempt } = decision;
      to = await this.#onward();
      if (signal.aborted) return;
      if (!to) return this.#outlet.ended(error ? "failed" : "ended", error && lost(error), whole);
      this.#waiting = true;
      this.#outlet.report({ kind: "waiting", delayMs, error: cause, attempt });
      await sleep(delayMs, signal, this.#options.ref);
      if (signal.aborted) return;
      const obstacle = this.#page.obstacle(error?.url ?? this.#giver);
      if (obstacle) return this.#wait(obstacle);
    }
    if (!signal.aborted) this.#outlet.ended("failed", lost());
  }

  /** The next request, or why there is none yet. Where there is an answer that `resume` lets go on, it says: `undefined`: nowhere. */
  async #onward(): Promise<Onward | FeedError | undefined> {
    if (!this.answer)
      return { url: this.#url, options: this.#options, cursor: this.#cursor, origin: this.#origin };
    try {
      return await this.answer.onward(this.#cursor, this.#origin);
    } catch (cause) {
      return new FeedError("callback", say("resume-threw", messageOf(cause)), { cause });
    }
  }

  async #attempt(
    signal: AbortSignal,
    error: FeedError | undefined,
    stream: HttpStream,
    to: Onward | FeedError,
  ): Promise<Outcome> {
    if (to instanceof FeedError) return { kind: "failed", error: to };
    this.#sent = to.cursor;
    const lastEventId = isSendable(to.cursor) ? to.cursor : "";
    const number = this.#backoff.failures + 1;
    this.#waiting = false;
    this.#outlet.report({ kind: "connecting", attempt: number, lastEventId });
    if (signal.aborted) return { kind: "aborted" };
    const reason = this.#started ? "retry" : "start";
    this.#started = true;
    this.#patience.attempts();
    const cursorOrigin = to.origin;
    const attempt: Attempt = { number, reason, lastEventId, cursorOrigin, error, signal };
    const exchange = new Exchange(this.#transport, to.url, to.options, attempt, stream);
    const outcome = await exchange.run();
    if (signal.aborted) return outcome;
    await stream.brake.emptied();
    if (stream.error) return { kind: "failed", error: stream.error };
    if (outcome.kind !== "ended" || !this.#options.until) return outcome;
    return {
      kind: "failed",
      error: new FeedError("network", say("ended-before-until"), { attempt: number }),
    };
  }

  /** The server that answered did not get the cursor, or says that it starts after another one. */
  #reportGap({ resumedFrom, headers }: OpenInfo): void {
    const lastEventId = this.#sent;
    const starts = headers.get("Last-Event-ID");
    const reason =
      lastEventId !== resumedFrom
        ? isSendable(lastEventId)
          ? "redirected"
          : "unsendable-id"
        : lastEventId === "" || starts === null || isSame(starts, lastEventId)
          ? undefined
          : "unknown";
    if (reason) this.#outlet.report({ kind: "gap", reason, lastEventId });
  }
}

/** A header has a character for each byte of the id. Some platforms decode it, and Node's servers may encode it twice. */
function isSame(header: string, id: string): boolean {
  const bytes = toHeaderValue(id);
  return header === id || header === bytes || header === toHeaderValue(bytes);
}

/** `resume` says that a broken answer goes on nowhere. */
function lost(cause?: FeedError): FeedError {
  const { url, attempt, message } = cause ?? {};
  return new FeedError("not-resumable", say("lost", message), { url, attempt, cause });
}
