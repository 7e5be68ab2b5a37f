import { createTransport } from "#transport";
import { say } from "#words";
import type { ServerSentEvent } from "@steadfeed/parser";
import { messageOf } from "../core/answer.ts";
import { FeedError } from "../core/errors.ts";
import type { ResolvedOptions } from "../core/options.ts";
import { sleep } from "../core/sleep.ts";
import type { OpenInfo, StatusOf } from "../core/status.ts";
import { Watch } from "../core/watch.ts";
import { Exchange } from "../http/exchange.ts";
import type { Outcome } from "../http/policy.ts";
import type { UrlSource } from "../http/request.ts";
import type { Transport, TransportRequest } from "../http/transport.ts";
import { Answer, type Onward } from "./answer.ts";
import { Backoff } from "./backoff.ts";
import { Cursor } from "./cursor.ts";
import { HttpStream, type StreamOwner, type WrapParser } from "./http-stream.ts";
import { Page, type PageOwner } from "./page.ts";
import { Patience } from "./patience.ts";
import { Run, RunAttempt } from "./run.ts";
import type { Outlet, Source, Whole } from "./source.ts";
import { Standstill, type Standing } from "./standstill.ts";

/**
 * One connection at a time: attempt, decide, sleep, again. Each start is a run of its own with a signal of its own; a
 * run whose signal is aborted has no further effect.
 */
export class HttpSource implements Source, StreamOwner, PageOwner, Standing {
  bytes = 0;
  readonly outlet: Outlet;
  readonly backoff: Backoff;
  /** The answer that `resume` lets go on, once there is one. */
  answer: Answer | undefined;
  readonly #url: UrlSource;
  readonly #options: ResolvedOptions;
  readonly #transport: Transport;
  readonly #wrap: WrapParser | undefined;
  readonly #patience: Patience;
  readonly #page: Page;
  readonly #standstill: Standstill;
  readonly #cursor = new Cursor();
  #run: Run | undefined;
  #stream: HttpStream | undefined;
  #exchange: Exchange | undefined;
  /** While `resume` is asked. */
  #still: Watch | undefined;
  #started = false;
  #paused = false;
  #waiting = false;
  /** The connection was dropped because the consumer stood still. */
  #dropped = false;

  constructor(url: UrlSource, options: ResolvedOptions, outlet: Outlet, wrap?: WrapParser) {
    const { fetch, node, timeouts, ref } = options;
    this.#url = url;
    this.#options = options;
    this.outlet = outlet;
    this.#wrap = wrap;
    this.#transport = createTransport({ fetch, node, connectMs: timeouts.connectMs, ref });
    this.backoff = new Backoff(options.retry);
    this.#patience = new Patience(options, this.backoff, outlet);
    this.#page = new Page(options.hidden, this);
    this.#standstill = new Standstill(options.method, this);
  }

  get running(): boolean {
    return this.#run !== undefined;
  }

  start(from: string): void {
    this.stop();
    this.#cursor.id = from;
    this.#run = new Run();
    // What can't be asked for again is not given up for a page.
    if (this.#options.mode === "steady" || this.#options.mode === "spec") this.#page.start();
    void this.#loop(this.#run);
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
    if (this.#dropped) this.start(this.#cursor.id);
    else this.#stream?.brake.resume();
  }

  close(): void {
    this.#transport.close();
  }

  /** The page: what is open may be dead, and a wait ends. */
  wake(): void {
    // [spec] The standard's client may wait for the network, but does not replace what is open.
    if (!this.#waiting && this.#options.mode === "spec") return;
    if (this.#patience.isAsked || this.#dropped) return;
    this.#patience.startOver();
    this.start(this.#cursor.id);
  }

  /** The page: no connection until `wake`. */
  hold(error: FeedError): void {
    // A wait that the server asked for goes on, and so does that for a consumer.
    if (!this.#dropped && !(this.#waiting && this.#patience.isAsked)) this.#wait(error);
  }

  // The stream's owner.

  refused(lastEventId: string): void {
    this.#cursor.forget();
    this.outlet.report({ kind: "gap", reason: "refused", lastEventId });
  }

  opened(info: OpenInfo, request: TransportRequest): string | undefined {
    const stream = this.#stream;
    const options = this.#options;
    if (options.resume) this.answer ??= new Answer(request, info);
    this.backoff.opened(performance.now());
    const gap = this.#cursor.opened(info, request.url.origin);
    if (gap) this.outlet.report({ kind: "gap", ...gap });
    if (stream !== this.#stream) return undefined;
    if (this.#paused) stream?.brake.pause();
    return this.answer?.skips ? options.lastEventId : this.#cursor.id;
  }

  moved(id: string): void {
    if (this.answer?.skips) return;
    this.#cursor.moved(id);
    this.outlet.moved(id);
  }

  deliver(event: ServerSentEvent): void {
    const { answer } = this;
    if (answer?.skips) {
      if (answer.skip(event)) return;
      this.#stream?.fail("not-resumable", say("another-answer", this.#cursor.answered));
      return this.#drop();
    }
    this.#standstill.exact = event.id !== undefined;
    if (this.backoff.failures > 0) this.backoff.event(performance.now());
    if (this.outlet.deliver(event) !== false) answer?.took(event);
  }

  held(held: boolean): void {
    this.outlet.held(held);
    this.#standstill.held(held && this.#page.inPage);
  }

  /** The consumer does not read, and what comes can be asked for again. */
  stoodStill(): void {
    this.#wait(new FeedError("overflow", say("standstill"), { url: this.#cursor.answered }));
    this.#dropped = true;
  }

  /** A run takes the place of the one before, if there is one. */
  #begin(run: Run | undefined): void {
    const before = this.#run;
    this.#run = run;
    this.#waiting = this.#dropped = false;
    this.#still?.stop();
    this.#drop();
    before?.abort();
    this.#exchange?.abort();
    this.#exchange = undefined;
  }

  #drop(): void {
    const stream = this.#stream;
    this.#stream = undefined;
    stream?.drop();
  }

  /** Gives up the attempt, and waits until something starts it again. */
  #wait(error: FeedError): void {
    this.#begin(new Run());
    this.#waiting = true;
    const attempt = Math.max(1, this.backoff.failures);
    this.outlet.report({ kind: "waiting", delayMs: Infinity, error, attempt });
  }

  async #loop(run: Run): Promise<void> {
    // What is called for in one turn makes one attempt.
    await Promise.resolve();
    let error: FeedError | undefined;
    let whole: Whole | undefined;
    let wait: StatusOf<"waiting"> | undefined;
    for (;;) {
      const to = await this.#onward(run);
      if (run.aborted) return;
      if (!to) {
        // A cut, or somebody who does not wait for its end.
        if (wait && !error) return this.outlet.ended("ended", error, whole);
        const { url, attempt, message } = error ?? {};
        const facts = { url, attempt, cause: error };
        const lost = new FeedError("not-resumable", say("lost", message), facts);
        return this.outlet.ended("failed", lost);
      }
      if (wait) {
        this.#waiting = true;
        this.outlet.report(wait);
        await sleep(wait.delayMs, run.signal, this.#options.ref);
        if (run.aborted) return;
        const obstacle = this.#page.obstacle(error?.url ?? this.#cursor.giver);
        if (obstacle) return this.#wait(obstacle);
      }
      const stream = (this.#stream = new HttpStream(this, this.#options, this.#wrap));
      const found = await this.#attempt(run, error, stream, to);
      if (run.aborted) return;
      await stream.brake.emptied();
      if (run.aborted) return;
      const outcome = this.#checked(found, stream);
      whole = outcome.kind === "ended" ? stream.whole(outcome) : {};
      this.#drop();
      const mode = this.answer ? "steady" : this.#options.mode;
      const decision = this.#patience.decide(outcome, this.#cursor.answered, mode);
      // The user's retry function may have closed the feed.
      if (run.aborted) return;
      if (!decision.retry) return this.outlet.ended(decision.reason, decision.error, whole);
      error = outcome.kind === "failed" ? outcome.error : undefined;
      const { delayMs, cause, attempt } = decision;
      wait = { kind: "waiting", delayMs, error: cause, attempt };
    }
  }

  /** The next request, or why there is none yet; `undefined`: the answer goes on nowhere. */
  async #onward(run: Run): Promise<Onward | FeedError | undefined> {
    const { id, origin } = this.#cursor;
    if (!this.answer) return [this.#url, this.#options, id, origin];
    const still = (this.#still ??= new Watch(false));
    const [phase, hint] = ["request", say("no-answer-yet")] as const;
    still.remind((forMs) => this.outlet.report({ kind: "still", phase, forMs, hint }));
    try {
      return await this.answer.onward(run, this.#options, this.#cursor);
    } catch (cause) {
      return new FeedError("callback", say("resume-threw", messageOf(cause)), { cause });
    } finally {
      if (!run.aborted) still.stop();
    }
  }

  /** One attempt: its outcome, once it is there. */
  #attempt(
    run: Run,
    error: FeedError | undefined,
    stream: HttpStream,
    to: Onward | FeedError,
  ): Outcome | Promise<Outcome> {
    if (to instanceof FeedError) return { kind: "failed", error: to };
    const [url, options, id, cursorOrigin] = to;
    const lastEventId = this.#cursor.send(id);
    const number = this.backoff.failures + 1;
    this.#waiting = false;
    this.outlet.report({ kind: "connecting", attempt: number, lastEventId });
    if (run.aborted) return { kind: "aborted" };
    const reason = this.#started ? "retry" : "start";
    this.#started = true;
    this.#patience.attempts();
    const attempt = new RunAttempt(run, { number, reason, lastEventId, cursorOrigin, error });
    this.#exchange = new Exchange(this.#transport, url, options, stream, attempt);
    return this.#exchange.run();
  }

  /** The outcome, as what came says: it may not have been readable, or not whole. */
  #checked(outcome: Outcome, { error, attempt }: HttpStream): Outcome {
    if (error) return { kind: "failed", error };
    if (outcome.kind !== "ended" || !this.#options.until) return outcome;
    const cut = new FeedError("network", say("ended-before-until"), { attempt });
    return { kind: "failed", error: cut };
  }
}
