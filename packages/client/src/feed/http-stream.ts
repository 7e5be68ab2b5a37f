import { createParser } from "#parser";
import { say } from "#words";
import type { Parser } from "@steadfeed/parser";
import { messageOf } from "../core/answer.ts";
import { FeedError, type FeedErrorCode } from "../core/errors.ts";
import type { ResolvedOptions } from "../core/options.ts";
import type { OpenInfo, Phase } from "../core/status.ts";
import type { Exchange, Observer } from "../http/exchange.ts";
import type { TransportRequest } from "../http/transport.ts";
import type { Backoff } from "./backoff.ts";
import { Brake, type Braked } from "./brake.ts";
import { endType } from "./end.ts";
import type { Outlet, Whole } from "./source.ts";

/** The source of a stream. */
export interface StreamOwner extends Pick<Outlet, "moved" | "deliver" | "held"> {
  readonly outlet: Outlet;
  readonly backoff: Pick<Backoff, "serverRetry">;
  /** So many came. */
  bytes: number;
  refused(lastEventId: string): void;
  /** The stream is open: the cursor that it starts after. `undefined`: nobody wants it any more. */
  opened(info: OpenInfo, request: TransportRequest): string | undefined;
}

/** What a stream asks of its parser. */
export type StreamParser = Pick<Parser, "end" | "leftover"> & { push(chunk: Uint8Array): void };

/** Another parser around the one of a connection, for what else is to be done with its bytes. */
export type WrapParser = (parser: StreamParser) => StreamParser;

/** What one attempt brings: bytes, which it parses. Once it was dropped, nothing. */
export class HttpStream implements Observer, Braked<Uint8Array> {
  readonly #owner: StreamOwner;
  readonly #options: ResolvedOptions;
  readonly brake: Brake<Uint8Array> = new Brake(this);
  readonly #wrap: WrapParser | undefined;
  #exchange: Exchange | undefined;
  #parser: StreamParser | undefined;
  #url: string | undefined;
  /** Which attempt it is of, once it is open. */
  attempt: number | undefined;
  /** Why it can't be parsed any more. */
  error: FeedError | undefined;

  constructor(owner: StreamOwner, options: ResolvedOptions, wrap: WrapParser | undefined) {
    this.#owner = owner;
    this.#wrap = wrap;
    this.#options = options;
  }

  /** What is known of its end. Within an event it leaves something over. */
  whole({ complete }: { readonly complete?: true }): Whole {
    return { ...(complete && { complete }), ...(this.#parser?.leftover && { leftover: true }) };
  }

  still(phase: Phase, forMs: number, hint?: string): void {
    this.#owner.outlet.report({ kind: "still", phase, forMs, ...(hint !== undefined && { hint }) });
  }

  refused(lastEventId: string): void {
    this.#owner.refused(lastEventId);
  }

  open(info: OpenInfo, exchange: Exchange, request: TransportRequest): void {
    const owner = this.#owner;
    this.#url = info.url;
    this.attempt = info.attempt;
    const lastEventId = owner.opened(info, request);
    if (lastEventId === undefined) return;
    this.#exchange = exchange;
    const { maxEventBytes, dispatchEmpty, mode } = this.#options;
    const parser = createParser({
      onEvent: (event) => owner.deliver(event),
      onComment: (text) => owner.outlet.report({ kind: "comment", text }),
      onRetry: (ms) => owner.backoff.serverRetry(ms),
      onId: (id) => owner.moved(id),
      onError: (cause) =>
        this.fail("too-large", say("too-large", this.#url!, cause.message), cause),
      maxEventBytes,
      dispatchEmpty,
      // [spec] The standard knows no end: it asks again, and stops at a 204.
      emptyType: dispatchEmpty || mode === "spec" ? undefined : endType,
      lastEventId,
    });
    this.#parser = this.#wrap ? this.#wrap(parser) : parser;
    owner.outlet.report({ kind: "open", ...info });
  }

  bytes(chunk: Uint8Array): void {
    this.#owner.bytes += chunk.byteLength;
    this.brake.take(chunk);
  }

  pass(chunk: Uint8Array): void {
    try {
      this.#parser?.push(chunk);
    } catch (cause) {
      this.fail("unsupported", say("unreadable", this.#url!, messageOf(cause)), cause);
    }
  }

  sizeOf(chunk: Uint8Array): number {
    return chunk.byteLength;
  }

  held(held: boolean): void {
    this.#owner.held(held);
    this.#exchange?.[held ? "pause" : "resume"]();
  }

  /** Leaves the stream: nothing more is delivered, also not from the current chunk. */
  drop(): void {
    this.#parser?.end();
    this.#parser = this.#exchange = undefined;
    this.brake.drop();
  }

  /** It cannot be read any more. */
  fail(code: FeedErrorCode, message: string, cause?: unknown): void {
    const facts = { url: this.#url, attempt: this.attempt, cause };
    this.error = new FeedError(code, message, facts);
    this.#exchange?.fail(this.error);
  }
}
