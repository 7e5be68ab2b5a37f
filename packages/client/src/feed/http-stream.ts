import { createParser } from "#parser";
import { say } from "#words";
import type { Parser, ServerSentEvent } from "@steadfeed/parser";
import { messageOf } from "../core/guard.ts";
import { FeedError, type FeedErrorCode } from "../core/errors.ts";
import type { ResolvedOptions } from "../core/options.ts";
import { Watch } from "../core/watch.ts";
import type { OpenInfo, Phase } from "../core/status.ts";
import type { Exchange, ExchangeListener } from "../http/exchange.ts";
import type { Outcome } from "../http/policy.ts";
import type { TransportRequest } from "../http/transport.ts";
import { Continuation } from "./continuation.ts";
import { Brake } from "./brake.ts";
import { endType } from "./end.ts";
import { gapAfter } from "./gap.ts";
import { Retry } from "./retry.ts";
import type { Outlet, EndFacts } from "./source.ts";

/** The part of a parser that a stream uses. */
export type StreamParser = Pick<Parser, "end" | "leftover"> & { push(chunk: Uint8Array): void };

/** Wraps the parser of a connection to do more with its bytes. */
export type WrapParser = (parser: StreamParser) => StreamParser;

/** The faults of a stream: keys of `say`. */
type Fault = "unreadable" | "too-large" | "another-answer" | "ended-before-until";

/**
 * The part of a source that reads: from the bytes of one connection to events. Nothing is delivered after the
 * connection was dropped.
 */
export abstract class HttpStream extends Brake<Uint8Array> implements ExchangeListener {
  /** The number of bytes received. */
  bytesRead = 0;
  /** The answer that `resume` continues, once there is one. */
  answer: Continuation | undefined;
  protected readonly outlet: Outlet;
  protected readonly options: ResolvedOptions;
  protected readonly retry: Retry;
  /** The current exchange; undefined once it was given up or has ended. */
  protected exchange: Exchange | undefined;
  protected cursor = "";
  /** The origin that the cursor came from; `undefined` if the user gave the cursor. */
  protected cursorOrigin: string | undefined;
  /** The cursor that the request should carry, even if no header can, or the server refused it. */
  protected wanted = "";
  /** The origin that the newest stream came from. */
  protected origin: string | undefined;
  /** The newest answer that opened a stream. */
  protected answered: Pick<OpenInfo, "url" | "attempt"> | undefined;
  /** True if the newest event had an id of its own. */
  protected exact = false;
  readonly #wrap: WrapParser | undefined;
  /** Reports a long phase before the head of an answer: after 15 s, and then every 60 s. */
  protected readonly phases: Watch = new Watch(false);
  #parser: StreamParser | undefined;
  /** The error that stopped the parser. */
  #error: FeedError | undefined;

  constructor(options: ResolvedOptions, outlet: Outlet, wrap: WrapParser | undefined) {
    super();
    this.outlet = outlet;
    this.options = options;
    this.retry = new Retry(options, outlet);
    this.#wrap = wrap;
  }

  /** Adjusts the outcome of an attempt, since the stream may have been unreadable or incomplete. */
  protected adjusted(outcome: Outcome): Outcome {
    if (this.#error) return { kind: "failed", error: this.#error };
    if (outcome.kind !== "ended" || !this.options.until) return outcome;
    return { kind: "failed", error: this.#errorOf("network", "ended-before-until") };
  }

  /** The facts about the end of a stream. If it ended within an event, `leftover` is set. */
  protected endFactsOf(outcome: Outcome): EndFacts {
    if (outcome.kind !== "ended") return {};
    const { complete } = outcome;
    return { ...(complete && { complete }), ...(this.#parser?.leftover && { leftover: true }) };
  }

  /** Leaves the connection. Nothing more is delivered, not even from the current chunk. */
  protected drop(): void {
    this.#parser?.end();
    this.exchange?.abort();
    this.#parser = this.exchange = this.#error = undefined;
    this.phases.stop();
    this.empty();
  }

  // Reports of the exchange.

  phase(phase: Phase, hint?: string): void {
    this.phases.remind((status) => this.outlet.report(status), phase, hint);
  }

  open(info: OpenInfo, request: TransportRequest): void {
    this.phases.stop();
    const { options, outlet } = this;
    if (options.resume) this.answer ??= new Continuation(request, info);
    this.retry.opened(performance.now());
    this.origin = request.url.origin;
    this.answered = info;
    const gap = gapAfter(this.wanted, info, request);
    if (gap?.reason === "refused") this.cursor = "";
    if (gap) outlet.report(gap);
    // A listener to the gap may have closed the feed.
    if (!this.exchange) return;
    try {
      this.#parser = this.#makeParser();
      outlet.report({ kind: "open", ...info });
    } catch (cause) {
      this.#fail("unsupported", "unreadable", cause);
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
      this.#fail("unsupported", "unreadable", cause);
    }
  }

  /** A chunk is valid only within the call that reports it. */
  protected override copyOf(chunk: Uint8Array): Uint8Array {
    return chunk.slice();
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
    this.cursorOrigin = this.origin;
    this.outlet.moved(id);
  }

  #event(event: ServerSentEvent): void {
    const { answer, retry } = this;
    if (answer?.skips) {
      if (answer.skip(event)) return;
      return this.#fail("not-resumable", "another-answer");
    }
    this.exact = event.id !== undefined;
    if (retry.failures > 0) retry.event(performance.now());
    if (this.outlet.deliver(event) !== false) answer?.took(event);
  }

  #makeParser(): StreamParser {
    const { options, outlet } = this;
    const { maxEventBytes, dispatchEmpty, mode } = options;
    const parser = createParser({
      onEvent: (event) => this.#event(event),
      onComment: (text) => outlet.report({ kind: "comment", text }),
      onRetry: (ms) => this.retry.serverRetry(ms),
      onId: (id) => this.#moved(id),
      onError: (cause) => this.#fail("too-large", "too-large", cause),
      maxEventBytes,
      dispatchEmpty,
      // [spec] The standard has no end marker: a client asks again, and stops at a 204.
      emptyType: dispatchEmpty || mode === "spec" ? undefined : endType,
      lastEventId: this.answer?.skips ? options.lastEventId : this.cursor,
    });
    return this.#wrap ? this.#wrap(parser) : parser;
  }

  /** Stops the stream, since the next attempt would fail in the same way. */
  #fail(code: FeedErrorCode, fault: Fault, cause?: unknown): void {
    this.#parser?.end();
    this.#error = this.#errorOf(code, fault, cause);
    this.exchange?.abort();
  }

  #errorOf(code: FeedErrorCode, fault: Fault, cause?: unknown): FeedError {
    const { url, attempt } = this.answered!;
    const message = say(fault, url, cause === undefined ? "" : messageOf(cause));
    return new FeedError(code, message, { url, attempt, cause });
  }
}
