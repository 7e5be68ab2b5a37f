import { createParser } from "#parser";
import { say } from "#words";
import type { Parser } from "@steadfeed/parser";
import { messageOf } from "../core/answer.ts";
import { FeedError, type FeedErrorCode } from "../core/errors.ts";
import type { ResolvedOptions } from "../core/options.ts";
import type { OpenInfo, Phase } from "../core/status.ts";
import type { Exchange, Observer } from "../http/exchange.ts";
import type { TransportRequest } from "../http/transport.ts";
import { Brake, type Braked } from "./brake.ts";
import { endType } from "./end.ts";
import type { Outlet } from "./source.ts";

/** The source of a stream. */
export interface StreamOwner extends Outlet {
  refused(lastEventId: string): void;
  /** The stream is open: the cursor that it starts after. `undefined`: nobody wants it any more. */
  opened(info: OpenInfo, request: TransportRequest): string | undefined;
  serverRetry(ms: number): void;
  /** So many bytes came. */
  read(bytes: number): void;
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
  #info: OpenInfo | undefined;
  /** Why it can't be parsed any more. */
  error: FeedError | undefined;

  constructor(owner: StreamOwner, options: ResolvedOptions, wrap: WrapParser | undefined) {
    this.#owner = owner;
    this.#wrap = wrap;
    this.#options = options;
  }

  /** It ended within an event. */
  get leftover(): boolean {
    return this.#parser?.leftover ?? false;
  }

  still(phase: Phase, forMs: number, hint?: string): void {
    this.#owner.report({ kind: "still", phase, forMs, ...(hint !== undefined && { hint }) });
  }

  refused(lastEventId: string): void {
    this.#owner.refused(lastEventId);
  }

  open(info: OpenInfo, exchange: Exchange, request: TransportRequest): void {
    const owner = this.#owner;
    this.#info = info;
    const lastEventId = owner.opened(info, request);
    if (lastEventId === undefined) return;
    this.#exchange = exchange;
    const { maxEventBytes, dispatchEmpty, mode } = this.#options;
    const parser = createParser({
      onEvent: (event) => owner.deliver(event),
      onComment: (text) => owner.report({ kind: "comment", text }),
      onRetry: (ms) => owner.serverRetry(ms),
      onId: (id) => owner.moved(id),
      onError: (cause) => this.fail("too-large", say("too-large", info.url, cause.message), cause),
      maxEventBytes,
      dispatchEmpty,
      // [spec] The standard knows no end: it asks again, and stops at a 204.
      emptyType: dispatchEmpty || mode === "spec" ? undefined : endType,
      lastEventId,
    });
    this.#parser = this.#wrap ? this.#wrap(parser) : parser;
    owner.report({ kind: "open", ...info });
  }

  bytes(chunk: Uint8Array): void {
    this.#owner.read(chunk.byteLength);
    this.brake.take(chunk);
  }

  pass(chunk: Uint8Array): void {
    try {
      this.#parser?.push(chunk);
    } catch (cause) {
      this.fail("unsupported", say("unreadable", this.#info!.url, messageOf(cause)), cause);
    }
  }

  sizeOf(chunk: Uint8Array): number {
    return chunk.byteLength;
  }

  held(held: boolean): void {
    this.#owner.held(held);
    this.#exchange?.[held ? "pause" : "resume"]();
  }

  /** Lets go of the stream: nothing more is delivered, also not from the current chunk. */
  drop(): void {
    this.#parser?.end();
    this.#parser = this.#exchange = undefined;
    this.brake.drop();
  }

  /** It cannot be read any more. */
  fail(code: FeedErrorCode, message: string, cause?: unknown): void {
    const { url, attempt } = this.#info!;
    this.error = new FeedError(code, message, { url, attempt, cause });
    this.#exchange?.fail(this.error);
  }
}
