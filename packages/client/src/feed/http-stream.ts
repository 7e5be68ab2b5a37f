import { createParser } from "#parser";
import { say } from "#words";
import type { Parser, ServerSentEvent } from "@steadfeed/parser";
import { messageOf } from "../core/answer.ts";
import { FeedError, type FeedErrorCode } from "../core/errors.ts";
import type { ResolvedOptions } from "../core/options.ts";
import { Watch } from "../core/watch.ts";
import type { OpenInfo, Phase } from "../core/status.ts";
import type { Exchange, Observer } from "../http/exchange.ts";
import type { Outcome } from "../http/policy.ts";
import type { TransportRequest } from "../http/transport.ts";
import { Continuation } from "./continuation.ts";
import { Brake } from "./brake.ts";
import { gapAfter } from "./cursor.ts";
import { endType } from "./end.ts";
import { Patience } from "./patience.ts";
import type { Outlet, Whole } from "./source.ts";

/** What a stream asks of its parser. */
export type StreamParser = Pick<Parser, "end" | "leftover"> & { push(chunk: Uint8Array): void };

/** Another parser around the one of a connection, for what else is to be done with its bytes. */
export type WrapParser = (parser: StreamParser) => StreamParser;

/** The part of a source that reads: from the bytes of one connection to events. Once that was dropped, nothing. */
export abstract class HttpStream extends Brake<Uint8Array> implements Observer {
  /** How many bytes came. */
  bytesRead = 0;
  /** The answer that `resume` lets go on, once there is one. */
  answer: Continuation | undefined;
  protected readonly outlet: Outlet;
  protected readonly options: ResolvedOptions;
  protected readonly patience: Patience;
  /** Until it is given up, or has ended. */
  protected exchange: Exchange | undefined;
  /** The cursor, and the origin that gave it; `undefined`: the user did. */
  protected cursor = "";
  protected origin: string | undefined;
  /** The cursor that was meant to be sent. */
  protected meant = "";
  /** The origin that is read from, and the URL that answered. */
  protected giver: string | undefined;
  protected answered = "";
  /** The newest event had an id of its own. */
  protected exact = false;
  readonly #wrap: WrapParser | undefined;
  /** Reports a phase before the head of an answer that lasts: after 15 s, and again every 60 s. */
  #phase: Watch | undefined;
  #parser: StreamParser | undefined;
  /** Which attempt it is of. */
  #attempt: number | undefined;
  /** Why it can't be parsed any more. */
  #error: FeedError | undefined;

  constructor(options: ResolvedOptions, outlet: Outlet, wrap: WrapParser | undefined) {
    super();
    this.outlet = outlet;
    this.options = options;
    this.patience = new Patience(options, outlet);
    this.#wrap = wrap;
  }

  /** An attempt ended so: what that means, as it may not have been readable, or not whole. */
  protected meaningOf(outcome: Outcome): Outcome {
    if (this.#error) return { kind: "failed", error: this.#error };
    if (outcome.kind !== "ended" || !this.options.until) return outcome;
    const error = this.#errorOf("network", say("ended-before-until"));
    return { kind: "failed", error };
  }

  /** What is known of its end. Within an event it leaves something over. */
  protected wholeOf(outcome: Outcome): Whole {
    if (outcome.kind !== "ended") return {};
    const { complete } = outcome;
    return { ...(complete && { complete }), ...(this.#parser?.leftover && { leftover: true }) };
  }

  /** Leaves the connection: nothing more is delivered, also not from the current chunk. */
  protected override drop(): void {
    this.#parser?.end();
    this.exchange?.abort();
    this.#parser = this.exchange = this.#error = undefined;
    this.endPhase();
    super.drop();
  }

  /** Nothing is waited for that a server or a function of the user's has to answer. */
  protected endPhase(): void {
    this.#phase?.stop();
    this.#phase = undefined;
  }

  // What its exchange says.

  phase(phase: Phase, hint?: string): void {
    this.#phase ??= new Watch(false);
    this.#phase.remind((forMs) => this.outlet.report({ kind: "still", phase, forMs, hint }));
  }

  refused(lastEventId: string): void {
    this.cursor = this.meant = "";
    this.outlet.report({ kind: "gap", reason: "refused", lastEventId });
  }

  open(info: OpenInfo, request: TransportRequest): void {
    this.endPhase();
    // A listener to the gap may have closed the feed.
    if (!this.exchange) return;
    const { options, outlet } = this;
    if (options.resume) this.answer ??= new Continuation(request, info);
    this.patience.opened(performance.now());
    this.giver = request.url.origin;
    this.answered = info.url;
    this.#attempt = info.attempt;
    const gap = gapAfter(this.meant, info);
    if (gap) outlet.report(gap);
    if (!this.exchange) return;
    try {
      this.#parser = this.#makeParser();
      outlet.report({ kind: "open", ...info });
    } catch (cause) {
      this.#broke(cause);
    }
  }

  bytes(chunk: Uint8Array): void {
    this.bytesRead += chunk.byteLength;
    this.take(chunk);
  }

  // What its brake says.

  protected pass(chunk: Uint8Array): void {
    try {
      this.#parser?.push(chunk);
    } catch (cause) {
      this.#broke(cause);
    }
  }

  protected sizeOf(chunk: Uint8Array): number {
    return chunk.byteLength;
  }

  held(held: boolean): void {
    this.outlet.held(held);
    this.exchange?.[held ? "pause" : "resume"]();
  }

  // What its parser says.

  #moved(id: string): void {
    if (this.answer?.skips) return;
    this.cursor = id;
    this.origin = this.giver;
    this.outlet.moved(id);
  }

  #event(event: ServerSentEvent): void {
    const { answer, patience } = this;
    if (answer?.skips) {
      if (answer.skip(event)) return;
      this.#fail("not-resumable", say("another-answer", this.answered));
      return this.#parser?.end();
    }
    this.exact = event.id !== undefined;
    if (patience.failures > 0) patience.event(performance.now());
    if (this.outlet.deliver(event) !== false) answer?.took(event);
  }

  #makeParser(): StreamParser {
    const { options, outlet } = this;
    const { maxEventBytes, dispatchEmpty, mode } = options;
    const parser = createParser({
      onEvent: (event) => this.#event(event),
      onComment: (text) => outlet.report({ kind: "comment", text }),
      onRetry: (ms) => this.patience.serverRetry(ms),
      onId: (id) => this.#moved(id),
      onError: (cause) =>
        this.#fail("too-large", say("too-large", this.answered, cause.message), cause),
      maxEventBytes,
      dispatchEmpty,
      // [spec] The standard knows no end: it asks again, and stops at a 204.
      emptyType: dispatchEmpty || mode === "spec" ? undefined : endType,
      lastEventId: this.answer?.skips ? options.lastEventId : this.cursor,
    });
    return this.#wrap ? this.#wrap(parser) : parser;
  }

  /** Something here cannot do its work, and would not at the next attempt. */
  #broke(cause: unknown): void {
    this.#fail("unsupported", say("unreadable", this.answered, messageOf(cause)), cause);
  }

  #fail(code: FeedErrorCode, message: string, cause?: unknown): void {
    this.#error = this.#errorOf(code, message, cause);
    this.exchange?.fail(this.#error);
  }

  #errorOf(code: FeedErrorCode, message: string, cause?: unknown): FeedError {
    return new FeedError(code, message, { url: this.answered, attempt: this.#attempt, cause });
  }
}
