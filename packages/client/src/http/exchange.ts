import { explain, neverSent } from "#transport";
import { say } from "#words";
import { messageOf } from "../core/answer.ts";
import { FeedError, type FeedErrorCode } from "../core/errors.ts";
import type { Attempt, ResolvedOptions } from "../core/options.ts";
import type { OpenInfo, Phase, ResponseHead } from "../core/status.ts";
import { Watch } from "../core/watch.ts";
import { Body } from "./body.ts";
import { judge } from "./judge.ts";
import { secondTry, type Outcome } from "./policy.ts";
import { makeRequest, type UrlSource } from "./request.ts";
import type { Flow, Head, Receiver, Transport, TransportRequest } from "./transport.ts";

/** What hears of an exchange while it lasts. */
export interface Observer {
  /** A phase before the head lasts: reported after 15 s, and again every 60 s. */
  still(phase: Phase, forMs: number, hint?: string): void;
  /** The server refused the cursor, and opens a stream without: reported before `open`. */
  refused(lastEventId: string): void;
  /** The stream is open; `request` was answered. */
  open(info: OpenInfo, exchange: Exchange, request: TransportRequest): void;
  bytes(chunk: Uint8Array): void;
}

/** One attempt: a request and its answer, and once more where another token or no cursor may help. */
export class Exchange implements Receiver {
  readonly #transport: Transport;
  readonly #url: UrlSource;
  readonly #options: ResolvedOptions;
  readonly #observer: Observer;
  readonly #attempt: Attempt;
  /** The cursor of the first try. */
  readonly #cursor: string;
  /** Until the head was judged. */
  #still: Watch | undefined;
  #head: Watch | undefined;
  /** Since the newest byte. */
  #idle: Watch | undefined;
  /** The second try. */
  #again: Exchange | undefined;
  /** Until its head was judged. */
  #request: TransportRequest | undefined;
  /** The URL that was asked, or that answered. */
  #href: string | undefined;
  #flow: Flow | undefined;
  /** Something of the request may have reached a server. */
  #sent = false;
  /** While the head is judged. */
  #body: Body | undefined;
  /** The end of a body that came meanwhile. */
  #early: Outcome | undefined;
  /** Until it has its outcome. */
  #settle: ((outcome: Outcome | Promise<Outcome>) => void) | undefined;

  constructor(
    transport: Transport,
    url: UrlSource,
    options: ResolvedOptions,
    observer: Observer,
    attempt: Attempt,
    cursor: string = attempt.lastEventId,
  ) {
    this.#transport = transport;
    this.#url = url;
    this.#options = options;
    this.#observer = observer;
    this.#attempt = attempt;
    this.#cursor = cursor;
  }

  /** Resolves once with how it went, and never rejects; nothing arrives after that. */
  run(): Promise<Outcome> {
    return new Promise((settle) => {
      this.#settle = settle;
      void this.#ask();
    });
  }

  /** It ends at once, in any phase. */
  abort(): void {
    this.#again?.abort();
    this.#over({ kind: "aborted" });
  }

  /** Ends it, by an error that was found in its bytes. */
  fail(error: FeedError): void {
    this.#over({ kind: "failed", error });
  }

  phase(phase: Phase, hint?: string): void {
    if (!this.#settle) return;
    (this.#still ??= new Watch(false)).remind((forMs) => this.#observer.still(phase, forMs, hint));
    if (!this.#request) return;
    this.#sent ||= phase === "head" || phase === "request";
    // Only now: what a transport has to load first is not the server's silence.
    const { headersMs, idleMs } = this.#options.timeouts;
    this.#head ??= this.#limit("No answer", headersMs);
    this.#idle ??= this.#limit("No byte", idleMs);
  }

  alive(): void {
    this.#idle?.touch();
  }

  head({ url, status, headers }: Head, request: TransportRequest = this.#request!): void {
    if (!this.#settle) return;
    this.alive();
    this.#href = url || request.url.href;
    this.#body = new Body();
    if (this.#options.validate) {
      this.phase("head", say("no-answer-yet"));
      this.pause();
    }
    void this.#judge({ url: this.#href, status, headers, text: () => this.#text() }, request);
  }

  bytes(chunk: Uint8Array): void {
    if (!this.#settle) return;
    this.alive();
    if (!this.#body) this.#observer.bytes(chunk);
    else if (!this.#body.push(chunk)) this.pause();
  }

  ended(complete?: true): void {
    this.#end(complete ? { kind: "ended", complete } : { kind: "ended" });
  }

  failed(cause: unknown, url?: string): void {
    const facts = { url: url ?? this.#href, attempt: this.#attempt.number };
    this.#end(this.#failure(explain(cause, facts), url !== undefined));
  }

  pause(): void {
    this.#idle?.pause();
    this.#flow?.pause();
  }

  resume(): void {
    if (!this.#settle) return;
    this.#idle?.resume();
    this.#flow?.resume();
  }

  async #ask(): Promise<void> {
    try {
      this.phase("request", say("no-answer-yet"));
      const request = await makeRequest(this.#url, this.#options, this.#attempt);
      if (!this.#settle) return;
      this.#request = request;
      this.#href = request.url.href;
      this.#flow = this.#transport.send(request, this);
    } catch (cause) {
      if (cause instanceof FeedError) return this.failed(cause);
      // Transports give outcomes: this is a platform that lacks something, or a request that cannot be made.
      const code = cause instanceof ReferenceError ? "unsupported" : "request";
      this.fail(this.#error(code, say("cannot-be-made", messageOf(cause)), cause));
    }
  }

  async #judge(head: ResponseHead, request: TransportRequest): Promise<void> {
    const { number: attempt, lastEventId } = this.#attempt;
    const verdict = await judge(head, this.#options, attempt);
    if (!this.#settle) return;
    if (verdict) return this.#over(verdict);
    const { chunks } = this.#body!;
    this.#head?.stop();
    this.#still?.stop();
    this.#body = this.#head = this.#still = this.#request = undefined;
    this.resume();
    const { url, status, headers } = head;
    const resumedFrom = request.headers.has("Last-Event-ID") ? lastEventId : "";
    try {
      if (lastEventId !== this.#cursor) this.#observer.refused(this.#cursor);
      this.#observer.open({ url, status, headers, attempt, resumedFrom }, this, request);
    } catch (cause) {
      // No outcome of the wire: something here cannot do its work, and would not at the next attempt.
      return this.fail(this.#error("unsupported", say("unreadable", url, messageOf(cause)), cause));
    }
    for (const chunk of chunks) this.bytes(chunk);
    if (this.#early) this.#over(this.#early);
  }

  /** Reads on, but for who judges. */
  async #text(): Promise<string> {
    const body = this.#body;
    if (!body) return "";
    if (this.#early || !this.#settle) body.end();
    else this.resume();
    return body.text(this.#options.ref);
  }

  #end(outcome: Outcome): void {
    if (!this.#body) return this.#over(outcome);
    this.#early = outcome;
    this.#body.end();
  }

  #limit(what: string, limitMs: number | false): Watch | undefined {
    if (limitMs === false) return undefined;
    const watch = new Watch(this.#options.ref);
    watch.start(limitMs, () =>
      this.#over(this.#failure(this.#error("timeout", say("timeout", what, this.#href, limitMs)))),
    );
    return watch;
  }

  #error(code: FeedErrorCode, message: string, cause?: unknown): FeedError {
    const facts = { url: this.#href, attempt: this.#attempt.number, cause };
    return new FeedError(code, message, facts);
  }

  /** A failure of the way. A request that was redirected did reach a server. */
  #failure(error: FeedError, redirected = false): Outcome {
    const unsent = !redirected && (!this.#sent || neverSent(error));
    return { kind: "failed", error, ...(unsent && { unsent }) };
  }

  #over(outcome: Outcome): void {
    const settle = this.#settle;
    if (!settle) return;
    this.#settle = undefined;
    for (const watch of [this.#head, this.#idle, this.#still]) watch?.stop();
    this.#body?.end();
    this.#flow?.abort();
    const again = secondTry(outcome, this.#options, this.#attempt);
    if (!again) return settle(outcome);
    const asked = [this.#transport, this.#url, this.#options, this.#observer] as const;
    this.#again = new Exchange(...asked, again, this.#cursor);
    settle(this.#again.run());
  }
}
