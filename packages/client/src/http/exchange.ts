import { explain, neverSent, takeCredentials } from "#transport";
import { say } from "#words";
import { causedBy } from "../core/guard.ts";
import { FeedError } from "../core/errors.ts";
import type { Attempt, ResolvedOptions } from "../core/options.ts";
import type { OpenInfo, Phase } from "../core/status.ts";
import { Watch } from "../core/watch.ts";
import { EarlyBody } from "./early-body.ts";
import { judge } from "./judge.ts";
import type { Outcome } from "./policy.ts";
import { makeRequest, toUrl, value, type UrlSource } from "./request.ts";
import type { Flow, Head, Receiver, Transport, TransportRequest } from "./transport.ts";

/** Receives the reports of an exchange while it lasts. */
export interface ExchangeListener {
  /**
   * The exchange waits for this phase from now on, until the stream is open. `hint`: the likely reason if it takes
   * long.
   */
  phase(phase: Phase, hint?: string): void;
  /** The stream is open. `request`: the request that was answered. */
  open(info: OpenInfo, request: TransportRequest): void;
  bytes(chunk: Uint8Array): void;
}

/** One request and its answer. */
export class Exchange implements Receiver {
  readonly #options: ResolvedOptions;
  readonly #listener: ExchangeListener;
  readonly #attempt: Attempt;
  /** The URL of the request, or the one that answered. */
  #href: string | undefined;
  #request: TransportRequest | undefined;
  #flow: Flow | undefined;
  /** Part of the request may have reached a server. */
  #sent = false;
  /** The first part of the body, while the head is judged. */
  #body: EarlyBody | undefined;
  /** The outcome of a body that ended while its head was judged. */
  #early: Outcome | undefined;
  /** True after `pause()`. Reset once the head was judged, so that a pause by the first chunks is noticed. */
  #paused = false;
  /** Limits the time until the head was judged. */
  #head: Watch | undefined;
  /** Limits the time since the newest byte. */
  #idle: Watch | undefined;
  /** Resolves the promise of `run()`; undefined once there is an outcome. */
  #settle: ((outcome: Outcome) => void) | undefined;

  constructor(options: ResolvedOptions, listener: ExchangeListener, attempt: Attempt) {
    this.#options = options;
    this.#listener = listener;
    this.#attempt = attempt;
  }

  /** Makes the request, once. Resolves with its outcome, and never rejects. Nothing is reported after that. */
  run(transport: Transport, url: UrlSource): Promise<Outcome> {
    return new Promise((settle) => {
      this.#settle = settle;
      void this.#ask(transport, url);
    });
  }

  /** Ends the exchange at once, in any phase. */
  abort(): void {
    this.#finish({ kind: "aborted" });
  }

  pause(): void {
    this.#paused = true;
    this.#idle?.pause();
    this.#flow?.pause();
  }

  resume(): void {
    if (!this.#settle) return;
    this.#idle?.resume();
    this.#flow?.resume();
  }

  // Reports of the transport.

  phase(phase: Phase, hint?: string): void {
    if (!this.#settle) return;
    this.#listener.phase(phase, hint);
    if (!this.#request) return;
    this.#sent ||= phase === "head" || phase === "request";
    // The limits start here because the time to load a transport is not the server's silence.
    this.#head ??= this.#limit("headersMs");
    this.#idle ??= this.#limit("idleMs");
  }

  alive(): void {
    this.#idle?.touch();
  }

  head(head: Head, request: TransportRequest = this.#request!): void {
    if (!this.#settle) return;
    this.alive();
    this.#body = new EarlyBody();
    if (this.#options.validate) {
      this.phase("head", say("no-answer-yet"));
      this.pause();
    }
    void this.#judge(head, request);
  }

  bytes(chunk: Uint8Array): void {
    if (!this.#settle) return;
    this.alive();
    if (!this.#body) this.#listener.bytes(chunk);
    else if (!this.#body.push(chunk)) this.pause();
  }

  ended(complete?: true): void {
    this.#end({ kind: "ended", complete });
  }

  failed(cause: unknown, url?: string): void {
    this.#end(this.#failure(cause, url));
  }

  async #ask(transport: Transport, from: UrlSource): Promise<void> {
    try {
      this.phase("request", say("no-answer-yet"));
      const url = toUrl(await value("url", from, this.#attempt));
      const basic = takeCredentials(url);
      this.#href = url.href;
      const request = await makeRequest(url, basic, this.#options, this.#attempt);
      if (!this.#settle) return;
      this.#request = request;
      this.#flow = transport.send(request, this);
    } catch (cause) {
      // A transport reports its failures. An error thrown here means that the platform lacks a feature, or that the
      // request cannot be made.
      const code = cause instanceof ReferenceError ? "unsupported" : "request";
      this.failed(cause instanceof FeedError ? cause : causedBy(cause, code, "cannot-be-made"));
    }
  }

  async #judge({ url: answered, status, headers }: Head, request: TransportRequest): Promise<void> {
    const { number: attempt, lastEventId } = this.#attempt;
    const url = (this.#href = answered || request.url.href);
    const head = { url, status, headers, text: () => this.#text() };
    const verdict = await judge(head, this.#options, attempt);
    if (!this.#settle) return;
    if (verdict) return this.#finish(verdict);
    const { chunks } = this.#body!;
    this.#head?.stop();
    // An open stream may last for days, and needs none of these.
    this.#body = this.#head = this.#request = undefined;
    this.#paused = false;
    const resumedFrom = request.headers.has("Last-Event-ID") ? lastEventId : "";
    this.#listener.open({ url, status, headers, attempt, resumedFrom }, request);
    for (const chunk of chunks) this.bytes(chunk);
    // Resumed last, since a resumed flow may deliver more bytes within this call.
    if (!this.#paused) this.resume();
    if (this.#early) this.#finish(this.#early);
  }

  /**
   * The text of a refusal, or of an answer that `validate` reads. Otherwise a body is not read before its head was
   * judged.
   */
  async #text(): Promise<string> {
    const body = this.#body;
    if (!body) return "";
    if (!this.#early) this.resume();
    return body.text(this.#options.ref);
  }

  #end(outcome: Outcome): void {
    if (!this.#body) return this.#finish(outcome);
    this.#early = outcome;
    this.#body.end();
  }

  #limit(name: "headersMs" | "idleMs"): Watch | undefined {
    const limitMs = this.#options.timeouts[name];
    if (limitMs === false) return undefined;
    const watch = new Watch(this.#options.ref);
    watch.start(limitMs, () => {
      const message = say("timeout", name, this.#href, limitMs);
      this.#finish(this.#failure(new FeedError("timeout", message)));
    });
    return watch;
  }

  /** A failure of the connection. `url`: the target of a redirect, which means that the request did reach a server. */
  #failure(cause: unknown, url?: string): Outcome {
    const error = explain(cause, { url: url ?? this.#href, attempt: this.#attempt.number });
    const unsent = url === undefined && (!this.#sent || neverSent(error));
    return { kind: "failed", error, unsent };
  }

  #finish(outcome: Outcome): void {
    const settle = this.#settle;
    if (!settle) return;
    this.#settle = undefined;
    this.#head?.stop();
    this.#idle?.stop();
    this.#body?.end();
    this.#flow?.abort();
    settle(outcome);
  }
}
