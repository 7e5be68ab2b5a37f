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
import { endType } from "./end.ts";
import { gapAfter } from "./gap.ts";
import { Patience } from "./patience.ts";
import type { Outlet, Whole } from "./source.ts";

/** The part of a parser that a stream uses. */
export type StreamParser = Pick<Parser, "end" | "leftover"> & { push(chunk: Uint8Array): void };

/** Wraps the parser of a connection to do more with its bytes. */
export type WrapParser = (parser: StreamParser) => StreamParser;

/**
 * The part of a source that reads: from the bytes of one connection to events. Nothing is delivered after the
 * connection was dropped.
 */
export abstract class HttpStream extends Brake<Uint8Array> implements Observer {
  /** The number of bytes received. */
  bytesRead = 0;
  /** The answer that `resume` continues, once there is one. */
  answer: Continuation | undefined;
  protected readonly outlet: Outlet;
  protected readonly options: ResolvedOptions;
  protected readonly patience: Patience;
  /** The current exchange; undefined once it was given up or has ended. */
  protected exchange: Exchange | undefined;
  /** The cursor, and the origin that it came from; `undefined` if the user gave the cursor. */
  protected cursor = "";
  protected origin: string | undefined;
  /** The cursor that the request should carry. */
  protected meant = "";
  /** The origin that is being read from, and the URL that answered. */
  protected giver: string | undefined;
  protected answered = "";
  /** True if the newest event had an id of its own. */
  protected exact = false;
  readonly #wrap: WrapParser | undefined;
  /** Reports a long phase before the head of an answer: after 15 s, and then every 60 s. */
  #phase: Watch | undefined;
  #parser: StreamParser | undefined;
  /** The attempt that the parser belongs to. */
  #attempt: number | undefined;
  /** The error that stopped the parser. */
  #error: FeedError | undefined;

  constructor(options: ResolvedOptions, outlet: Outlet, wrap: WrapParser | undefined) {
    super();
    this.outlet = outlet;
    this.options = options;
    this.patience = new Patience(options, outlet);
    this.#wrap = wrap;
  }

  /** Adjusts the outcome of an attempt, since the stream may have been unreadable or incomplete. */
  protected meaningOf(outcome: Outcome): Outcome {
    if (this.#error) return { kind: "failed", error: this.#error };
    if (outcome.kind !== "ended" || !this.options.until) return outcome;
    const error = this.#errorOf("network", say("ended-before-until"));
    return { kind: "failed", error };
  }

  /** The facts about the end of a stream. If it ended within an event, `leftover` is set. */
  protected wholeOf(outcome: Outcome): Whole {
    if (outcome.kind !== "ended") return {};
    const { complete } = outcome;
    return { ...(complete && { complete }), ...(this.#parser?.leftover && { leftover: true }) };
  }

  /** Leaves the connection. Nothing more is delivered, not even from the current chunk. */
  protected override drop(): void {
    this.#parser?.end();
    this.exchange?.abort();
    this.#parser = this.exchange = this.#error = undefined;
    this.endPhase();
    super.drop();
  }

  /** The server, or the user's function, has answered. */
  protected endPhase(): void {
    this.#phase?.stop();
    this.#phase = undefined;
  }

  // Reports of the exchange.

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

  // Calls of the brake.

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

  // Reports of the parser.

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
      // [spec] The standard has no end marker: a client asks again, and stops at a 204.
      emptyType: dispatchEmpty || mode === "spec" ? undefined : endType,
      lastEventId: this.answer?.skips ? options.lastEventId : this.cursor,
    });
    return this.#wrap ? this.#wrap(parser) : parser;
  }

  /** Reports that this platform cannot read the stream, so the next attempt would fail too. */
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
