import type { ServerSentEvent } from "@steadfeed/parser";
import { Backoff } from "./backoff.ts";
import { connect } from "../http/connect.ts";
import type { Cursor } from "../delivery/cursor.ts";
import { FeedError } from "../core/errors.ts";
import type { Intake } from "./intake.ts";
import type { Attempt, ResolvedOptions } from "../core/options.ts";
import { Page } from "./page.ts";
import { decide, type Decision, type Outcome } from "../http/policy.ts";
import { isSendable, type UrlSource } from "../http/request.ts";
import { sleep } from "../core/sleep.ts";
import type { CloseReason, FeedState, GapInfo, OpenInfo, StatusOf } from "../core/status.ts";
import type { Transport } from "../http/transport.ts";

/** What the loop tells its feed. */
export interface LoopOwner {
  state(): FeedState;
  enter(status: StatusOf<FeedState>): void;
  opened(info: OpenInfo): void;
  bytes(chunk: Uint8Array): void;
  gap(info: GapInfo): void;
  still(status: StatusOf<"still">): void;
  threw(error: FeedError): void;
  end(reason: CloseReason, error: FeedError | undefined, outcome?: Outcome): void;
}

/** Makes what a feed is driven by. */
export type MakeLoop = (...parts: ConstructorParameters<typeof Loop>) => Pick<
  Loop,
  "running" | "start" | "stop" | "serverRetry"
> & {
  /** An event came, and is about to be delivered. */
  event(event: ServerSentEvent): void;
};

/**
 * The one loop of a feed: attempt, decide, sleep, again. Each start is a run of its own with a signal of
 * its own; a run whose signal is aborted touches nothing any more.
 */
export class Loop {
  readonly #url: UrlSource;
  readonly #options: ResolvedOptions;
  readonly #transport: Transport;
  readonly #cursor: Cursor;
  readonly #intake: Intake;
  readonly #owner: LoopOwner;
  readonly #backoff: Backoff;
  readonly #page: Page;
  #run: AbortController | undefined;
  #started = false;
  /** The URL that answered last. */
  #answered = "";
  #failingSince = 0;
  /** Until when the server asked for patience, by the clock on the wall. */
  #patientUntil = 0;

  constructor(
    url: UrlSource,
    options: ResolvedOptions,
    transport: Transport,
    cursor: Cursor,
    intake: Intake,
    owner: LoopOwner,
  ) {
    this.#url = url;
    this.#options = options;
    this.#transport = transport;
    this.#cursor = cursor;
    this.#intake = intake;
    this.#owner = owner;
    this.#backoff = new Backoff(options.retry);
    this.#page = new Page(options.hidden, {
      wake: () => this.#wake(),
      hold: (error) => {
        if (owner.state() !== "waiting") this.#hold(error);
      },
    });
  }

  /** Whether it makes attempts, or is about to. */
  get running(): boolean {
    return this.#run !== undefined;
  }

  /** Starts over with an attempt at once. */
  start(): void {
    this.stop();
    this.#run = new AbortController();
    // What cannot be taken up again is not given up for a page.
    if (this.#options.mode !== "never") this.#page.start();
    void this.#loop(this.#run.signal);
  }

  /** Gives up the attempt or the wait at hand, now. */
  stop(): void {
    this.#page.stop();
    this.#begin(undefined);
  }

  /** A run takes the place of the one before, if there is one. */
  #begin(run: AbortController | undefined): void {
    const before = this.#run;
    this.#run = run;
    this.#intake.drop();
    before?.abort();
  }

  /** Gives up the attempt at hand, and waits until a wake starts it again. */
  #hold(error: FeedError): void {
    this.#begin(new AbortController());
    const attempt = Math.max(1, this.#backoff.failures);
    this.#owner.enter({ kind: "waiting", delayMs: Infinity, error, attempt });
  }

  #wake(): void {
    const waits = this.#owner.state() === "waiting";
    // [spec] The standard's client may wait for the network, but does not replace what is open.
    if (!waits && this.#options.mode === "spec") return;
    if (Date.now() < this.#patientUntil) return;
    this.#failingSince = performance.now();
    this.start();
  }

  serverRetry(ms: number): void {
    this.#backoff.serverRetry(ms);
  }

  /** An event came: the connection may count as healthy. */
  event(): void {
    if (this.#backoff.failures > 0) this.#backoff.event(performance.now());
  }

  async #loop(signal: AbortSignal): Promise<void> {
    await this.#cursor.load();
    let error: FeedError | undefined;
    while (!signal.aborted) {
      const outcome = await this.#attempt(signal, error);
      if (signal.aborted) return;
      this.#intake.drop();
      const decision = this.#decide(outcome, performance.now());
      // The user's retry function may have closed the feed.
      if (signal.aborted) return;
      if (!decision.retry) return this.#owner.end(decision.reason, decision.error, outcome);
      const delayMs = decision.delayMs ?? 0;
      const attempt = this.#backoff.failures;
      error = outcome.kind === "failed" ? outcome.error : undefined;
      this.#patientUntil = Date.now() + retryAfterOf(outcome);
      this.#owner.enter({ kind: "waiting", delayMs, error: error ?? this.#end(attempt), attempt });
      await sleep(delayMs, signal, this.#options.ref);
      if (signal.aborted) return;
      const obstacle = this.#page.obstacle(error?.url ?? this.#cursor.giver);
      if (obstacle) return this.#hold(obstacle);
    }
  }

  #end(attempt: number): FeedError {
    const url = this.#answered;
    return new FeedError("ended", `The stream of ${url} ended.`, { url, attempt });
  }

  async #attempt(signal: AbortSignal, error: FeedError | undefined): Promise<Outcome> {
    const { received, origin: cursorOrigin } = this.#cursor;
    const lastEventId = isSendable(received) ? received : "";
    const number = this.#backoff.failures + 1;
    this.#owner.enter({ kind: "connecting", attempt: number, lastEventId });
    if (signal.aborted) return { kind: "aborted" };
    const reason = this.#started ? "retry" : "start";
    this.#started = true;
    this.#patientUntil = 0;
    const attempt: Attempt = { number, reason, lastEventId, cursorOrigin, error, signal };
    const outcome = await connect(this.#transport, this.#url, this.#options, attempt, {
      open: (info, stream, origin) => {
        this.#cursor.giver = origin;
        this.#answered = info.url;
        this.#backoff.opened(performance.now());
        this.#tellUnsent(info);
        if (signal.aborted) return;
        this.#intake.open(info, stream, this.#cursor.received);
        this.#owner.opened(info);
      },
      bytes: (chunk) => this.#owner.bytes(chunk),
      still: (phase, forMs, hint) => this.#owner.still({ kind: "still", phase, forMs, hint }),
      refused: (id) => {
        this.#cursor.moveTo("");
        this.#owner.gap({ reason: "refused", lastEventId: id });
      },
    });
    if (signal.aborted) return outcome;
    const tooLarge = await this.#intake.emptied();
    if (tooLarge) return { kind: "failed", error: tooLarge };
    if (outcome.kind !== "ended" || !this.#options.until) return outcome;
    const message = "The stream ended before the event that until waits for.";
    return { kind: "failed", error: new FeedError("network", message, { attempt: number }) };
  }

  /** The server that answered did not get the cursor: no header can carry it, or it belongs to another origin. */
  #tellUnsent({ resumedFrom }: OpenInfo): void {
    const { received } = this.#cursor;
    if (received === resumedFrom) return;
    const reason = isSendable(received) ? "redirected" : "unsendable-id";
    this.#owner.gap({ reason, lastEventId: received });
  }

  #decide(outcome: Outcome, now: number): Decision {
    const decision = decide(outcome, this.#options.mode);
    const { maxAttempts, maxElapsedMs } = this.#options.retry;
    const ownMs = this.#backoff.next(now, decision.retry ? decision.delayMs : undefined);
    const failures = this.#backoff.failures;
    if (failures === 1) this.#failingSince = now;
    const asked = this.#ask(outcome, failures, ownMs);
    if (asked === false) return decision.retry ? this.#ended(outcome) : decision;
    if (!decision.retry && asked === undefined) return decision;
    const delayMs = typeof asked === "number" ? asked : ownMs;
    const usedUp =
      (maxAttempts !== false && failures > maxAttempts) ||
      (maxElapsedMs !== false && now + delayMs - this.#failingSince > maxElapsedMs);
    if (!usedUp) return { retry: true, delayMs };
    return outcome.kind === "failed"
      ? { retry: false, reason: "exhausted", error: outcome.error }
      : { retry: false, reason: "exhausted" };
  }

  /** What the user's retry function says; `undefined` if there is none to ask. */
  #ask(outcome: Outcome, failures: number, delayMs: number): number | boolean | undefined {
    const { decide: ask } = this.#options;
    if (!ask || outcome.kind === "stopped") return undefined;
    try {
      const answer = ask(outcome.kind === "failed" ? outcome.error : undefined, {
        attempt: failures,
        delayMs,
      });
      if (typeof answer === "boolean" || (typeof answer === "number" && answer >= 0)) return answer;
      const given = String(answer);
      throw new TypeError(`a retry function gives a delay in ms, true or false, not ${given}`);
    } catch (cause) {
      const message = "The retry function threw: going by the feed's own rules.";
      this.#owner.threw(new FeedError("callback", message, { cause }));
      return undefined;
    }
  }

  #ended(outcome: Outcome): Decision {
    return outcome.kind === "failed"
      ? { retry: false, reason: "failed", error: outcome.error }
      : { retry: false, reason: "ended" };
  }
}

const retryAfterOf = (outcome: Outcome): number =>
  outcome.kind === "failed" ? (outcome.retryAfterMs ?? 0) : 0;
