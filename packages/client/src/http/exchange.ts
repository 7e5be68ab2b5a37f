import { explain, neverSent } from "#transport";
import { say } from "#words";
import { messageOf } from "../core/answer.ts";
import { FeedError, type FeedErrorCode } from "../core/errors.ts";
import type { Attempt, ResolvedOptions } from "../core/options.ts";
import type { OpenInfo, Phase } from "../core/status.ts";
import { Watch } from "../core/watch.ts";
import { Body } from "./body.ts";
import { judge, type Verdict } from "./judge.ts";
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
  readonly #attempt: Attempt;
  readonly #observer: Observer;
  readonly #refused: string | undefined;
  /** Until the head. */
  #still: Watch | undefined;
  /** Since the newest byte. */
  #idle: Watch | undefined;
  /** Until the head was judged. */
  #head: Watch | undefined;
  /** The second try. */
  #again: Exchange | undefined;
  /** Until its head was judged. */
  #request: TransportRequest | undefined;
  /** The URL that was asked, or that answered. */
  #href: string | undefined;
  #flow: Flow | undefined;
  /** The body of an answer that is refused. */
  #body: Body | undefined;
  #begun = false;
  /** Something of the request may have reached a server. */
  #sent = false;
  #judging = false;
  /** The end of a body that came while its head was being judged. */
  #early: Outcome | undefined;
  /** Until it has its outcome. */
  #settle: ((outcome: Outcome | Promise<Outcome>) => void) | undefined;

  /** `refused`: the cursor that the server refused before. */
  constructor(
    transport: Transport,
    url: UrlSource,
    options: ResolvedOptions,
    attempt: Attempt,
    observer: Observer,
    refused?: string,
  ) {
    this.#transport = transport;
    this.#url = url;
    this.#options = options;
    this.#attempt = attempt;
    this.#observer = observer;
    this.#refused = refused;
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

  phase(phase: Phase, hint?: string): void {
    if (!this.#settle) return;
    (this.#still ??= new Watch(false)).remind((forMs) => this.#observer.still(phase, forMs, hint));
    if (!this.#request) return;
    this.#sent ||= phase === "head" || phase === "request";
    if (this.#begun) return;
    // Only now: what a transport has to load first is not the server's silence.
    this.#begun = true;
    const { headersMs, idleMs } = this.#options.timeouts;
    this.#head = this.#limit("No answer", headersMs);
    this.#idle = this.#limit("No byte", idleMs);
  }

  alive(): void {
    this.#idle?.touch();
  }

  head(head: Head): void {
    if (!this.#settle) return;
    this.alive();
    this.#judging = true;
    const asked = head.request ?? this.#request!;
    const url = (this.#href = head.url || asked.url.href);
    const whole = { ...head, url, text: () => this.#text() };
    const verdict = judge(whole, this.#options, this.#attempt);
    if (!(verdict instanceof Promise)) return this.#judged(whole, asked, verdict);
    this.phase("head", say("no-answer-yet"));
    if (!this.#body) this.pause();
    void verdict.then((late) => {
      this.#judged(whole, asked, late);
      this.resume();
    });
  }

  bytes(chunk: Uint8Array): void {
    if (!this.#settle) return;
    this.alive();
    if (this.#body) this.#body.push(chunk);
    else this.#observer.bytes(chunk);
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

  /** Ends it, by an error that was found in its bytes. */
  fail(error: FeedError): void {
    this.#over({ kind: "failed", error });
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
      if (cause instanceof FeedError) return this.#over(this.#failure(cause));
      // Transports give outcomes: this is a platform that lacks something, or a request that cannot be made.
      const code = cause instanceof ReferenceError ? "unsupported" : "request";
      this.fail(this.#error(code, say("cannot-be-made", messageOf(cause)), cause));
    }
  }

  #judged(head: Head, asked: TransportRequest, verdict: Verdict): void {
    if (!this.#settle) return;
    this.#judging = false;
    if (verdict) return this.#over(verdict);
    this.#head?.stop();
    this.#still?.stop();
    this.#head = this.#still = this.#request = undefined;
    const { number: attempt, lastEventId } = this.#attempt;
    const { url, status, headers } = head;
    const resumedFrom = asked.headers.has("Last-Event-ID") ? lastEventId : "";
    try {
      if (this.#refused !== undefined) this.#observer.refused(this.#refused);
      this.#observer.open({ url, status, headers, attempt, resumedFrom }, this, asked);
    } catch (cause) {
      // No outcome of the wire: something here cannot do its work, and would not at the next attempt.
      return this.fail(this.#error("unsupported", say("unreadable", url, messageOf(cause)), cause));
    }
    if (this.#early) this.#over(this.#early);
  }

  /** Reads on, but for who judges. */
  #text(): Promise<string> {
    if (!this.#body) {
      this.#body = new Body(this.#options.ref);
      if (this.#early || !this.#settle) this.#body.end();
      else this.resume();
    }
    return this.#body.text;
  }

  #end(outcome: Outcome): void {
    if (!this.#judging) return this.#over(outcome);
    this.#early = outcome;
    this.#body?.end();
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
    this.#head?.stop();
    this.#idle?.stop();
    this.#still?.stop();
    this.#body?.end();
    this.#flow?.abort();
    const { lastEventId } = this.#attempt;
    const again =
      outcome.kind === "failed" && secondTry(outcome.error, this.#options, this.#attempt);
    if (!again) return settle(outcome);
    const refused = again.lastEventId === lastEventId ? this.#refused : lastEventId;
    const asked = [this.#transport, this.#url, this.#options] as const;
    this.#again = new Exchange(...asked, again, this.#observer, refused);
    settle(this.#again.run());
  }
}
