import { startTimer } from "#timers";
import { createTransport } from "#transport";
import { say } from "#words";
import { causedBy } from "../core/guard.ts";
import { FeedError } from "../core/errors.ts";
import type { Attempt, ResolvedOptions } from "../core/options.ts";
import type { StatusOf } from "../core/status.ts";
import { Exchange } from "../http/exchange.ts";
import { repeats, secondTry, type Outcome } from "../http/policy.ts";
import { isSendable, type UrlSource } from "../http/request.ts";
import type { Transport } from "../http/transport.ts";
import type { NextRequest, Run } from "./continuation.ts";
import { HttpStream, type WrapParser } from "./http-stream.ts";
import { Page, type PageListener } from "./page.ts";
import type { Outlet, Source, EndFacts } from "./source.ts";

/** How long a consumer in a page may be stuck before its connection is dropped, in ms. */
const standstillMs = 5000;

/**
 * One connection at a time: attempt, decide, wait, repeat. Each start is a new run, and a run that was replaced has no
 * further effect.
 */
export class HttpSource extends HttpStream implements Source, PageListener {
  readonly #url: UrlSource;
  readonly #transport: Transport;
  readonly #page: Page;
  #run: Run | undefined;
  /** A request was made. */
  #asked = false;
  /** Aborts the signal of the newest attempt. */
  #controller: AbortController | undefined;
  /** Ends the wait between two attempts. */
  #timer: ReturnType<typeof setTimeout> | undefined;
  #standstill: ReturnType<typeof setTimeout> | undefined;
  /** The connection was dropped because the consumer was stuck. */
  #dropped = false;

  constructor(url: UrlSource, options: ResolvedOptions, outlet: Outlet, wrap?: WrapParser) {
    super(options, outlet, wrap);
    this.#url = url;
    this.#transport = createTransport({ ...options, ...options.timeouts });
    this.#page = new Page(options.hidden, this);
  }

  get running(): boolean {
    return this.#run !== undefined;
  }

  start(from: string): void {
    this.stop();
    this.cursor = from;
    this.#run = { aborted: false };
    // A request that cannot be repeated is not given up for a hidden page.
    if (repeats(this.options.mode)) this.#page.start();
    void this.#loop(this.#run);
  }

  stop(): void {
    this.#page.stop();
    this.#replace(undefined);
  }

  override resume(): void {
    super.resume();
    if (this.#dropped) this.start(this.cursor);
  }

  close(): void {
    this.#transport.close();
  }

  /** The page reports that the connection may be dead, and that a wait should end. */
  wake(): void {
    // [spec] The standard's client may wait for the network, but does not replace an open connection.
    if (this.exchange ? this.options.mode === "spec" : this.#keepsWaiting) return;
    this.retry.startOver();
    this.start(this.cursor);
  }

  /** The page reports that no connection may be held until `wake`. */
  suspend(error: FeedError): void {
    if (this.exchange || !this.#keepsWaiting) this.#wait(error);
  }

  /** A wait that the server asked for continues, and so does the wait for a stuck consumer. */
  get #keepsWaiting(): boolean {
    return this.#dropped || this.retry.isAsked;
  }

  /**
   * Some browsers go on reading, and buffer the data that is not taken. There the connection is dropped, if the request
   * can be repeated.
   */
  override held(held: boolean): void {
    super.held(held);
    clearTimeout(this.#standstill);
    if (!held || !this.#page.inPage || this.options.method !== "GET") return;
    this.#standstill = setTimeout(() => {
      if (!this.exact) return;
      this.#wait(new FeedError("overflow", say("standstill"), { url: this.answered?.url }));
      this.#dropped = true;
    }, standstillMs);
  }

  /** Starts a new run in place of the current one, or only ends that. */
  #replace(run: Run | undefined): void {
    if (this.#run) this.#run.aborted = true;
    this.#run = run;
    this.#dropped = false;
    clearTimeout(this.#timer);
    const controller = this.#controller;
    // In a microtask: its listeners may close or start the feed, which must have finished its own work first.
    if (controller) queueMicrotask(() => controller.abort());
    this.drop();
  }

  /** Gives up the attempt, and waits until it is started again. */
  #wait(error: FeedError): void {
    this.#replace({ aborted: false });
    const attempt = Math.max(1, this.retry.failures);
    this.outlet.report({ kind: "waiting", delayMs: Infinity, error, attempt });
  }

  async #loop(run: Run): Promise<void> {
    const { options, outlet, retry } = this;
    // Several calls within one turn make only one attempt.
    await Promise.resolve();
    let wait: StatusOf<"waiting"> | undefined;
    let facts: EndFacts | undefined;
    for (;;) {
      const cause = wait?.error;
      /** The error of the previous attempt. A stream that ended in order has none. */
      const error = cause?.code === "ended" ? undefined : cause;
      const to = await this.#nextRequest(run);
      if (run.aborted) return;
      if (!to) {
        // With `null`, after an error, or if a new start has asked, the answer is incomplete.
        if (to === undefined && cause && !error) return outlet.ended("ended", undefined, facts);
        const { url, attempt, message } = cause ?? {};
        const lost = new FeedError("not-resumable", say("lost", message), { url, attempt, cause });
        return outlet.ended("failed", lost);
      }
      if (wait) {
        outlet.report(wait);
        if (run.aborted) return;
        const { delayMs } = wait;
        await new Promise<void>((end) => (this.#timer = startTimer(end, delayMs, options.ref)));
        const obstacle = this.#page.obstacle(wait.error.url ?? this.origin);
        if (obstacle) return this.#wait(obstacle);
      }
      let found: Outcome;
      if (to instanceof FeedError) found = { kind: "failed", error: to };
      else {
        const [source, how] = to;
        let attempt: Attempt | undefined = this.#begin(to, error);
        if (run.aborted) return;
        this.#asked = true;
        do {
          this.exchange = new Exchange(how, this, attempt);
          found = await this.exchange.run(this.#transport, source);
          if (run.aborted) return;
          attempt = secondTry(found, how, attempt);
        } while (attempt);
      }
      await this.emptied();
      if (run.aborted) return;
      const outcome = this.adjusted(found);
      facts = this.endFactsOf(outcome);
      this.drop();
      const mode = this.answer ? "steady" : options.mode;
      const decision = retry.decide(outcome, this.answered?.url ?? "", mode);
      // The user's retry function may have closed the feed.
      if (run.aborted) return;
      if (decision.kind === "closed") return outlet.ended(decision.reason, decision.error, facts);
      // In V8, an error keeps the objects of its stack frames until its stack is read. The next error would keep this
      // one, and so on.
      void decision.error.stack;
      wait = decision;
    }
  }

  /**
   * The next request, or the error of a `resume` function that threw. `undefined` or `null` if the answer has no
   * continuation.
   */
  async #nextRequest(run: Run): Promise<NextRequest | FeedError | null | undefined> {
    const { answer, options, cursor, cursorOrigin } = this;
    if (!answer) return [this.#url, options, cursor, cursorOrigin];
    this.phase("request", say("no-answer-yet"));
    try {
      return await answer.next(run, options, cursor, cursorOrigin);
    } catch (cause) {
      return causedBy(cause, "callback", "resume-threw");
    } finally {
      if (!run.aborted) this.phases.stop();
    }
  }

  /** Begins an attempt: reports it. */
  #begin([, , id, cursorOrigin]: NextRequest, error: FeedError | undefined): Attempt {
    const lastEventId = isSendable(id) ? id : "";
    const number = this.retry.failures + 1;
    const reason = this.#asked ? "retry" : "start";
    this.wanted = id;
    const { signal } = (this.#controller = new AbortController());
    this.outlet.report({ kind: "connecting", attempt: number, lastEventId });
    return { number, reason, lastEventId, cursorOrigin, error, signal };
  }
}
