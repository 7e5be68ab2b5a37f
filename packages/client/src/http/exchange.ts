import { explain, neverSent, takeCredentials } from "#transport";
import { say } from "#words";
import { messageOf } from "../core/answer.ts";
import { FeedError } from "../core/errors.ts";
import type { Attempt, ResolvedOptions } from "../core/options.ts";
import type { OpenInfo, Phase } from "../core/status.ts";
import { Watch } from "../core/watch.ts";
import { Body } from "./body.ts";
import { judge } from "./judge.ts";
import { secondTry, type Outcome } from "./policy.ts";
import { makeRequest, toUrl, value, type UrlSource } from "./request.ts";
import type { Flow, Head, Receiver, Transport, TransportRequest } from "./transport.ts";

/** What hears of an exchange while it lasts. */
export interface Observer {
  /** What is waited for from now on, until the stream is open. `hint`: what the reason may be if it takes long. */
  phase(phase: Phase, hint?: string): void;
  /** The server refused the cursor, and opens a stream without: reported before `open`. */
  refused(lastEventId: string): void;
  /** The stream is open; `request` was answered. */
  open(info: OpenInfo, request: TransportRequest): void;
  bytes(chunk: Uint8Array): void;
}

/** One attempt: a request and its answer, and once more where another token or no cursor may help. */
export class Exchange implements Receiver {
  readonly #transport: Transport;
  readonly #url: UrlSource;
  readonly #options: ResolvedOptions;
  readonly #observer: Observer;
  #attempt: Attempt;
  /** The cursor of the first try. */
  readonly #cursor: string;
  /** Something of the request may have reached a server. */
  #sent = false;
  /** Until its head was judged. */
  #request: TransportRequest | undefined;
  /** The URL that was asked, or that answered. */
  #href: string | undefined;
  #flow: Flow | undefined;
  /** While its head is judged. */
  #body: Body | undefined;
  /** It was paused, while its head was judged or since then. */
  #paused: true | undefined;
  /** How the body ended meanwhile. */
  #early: Outcome | undefined;
  /** Until the head was judged. */
  #head: Watch | undefined;
  /** Since the newest byte. */
  #idle: Watch | undefined;
  /** Until it has its outcome. */
  #settle: ((outcome: Outcome) => void) | undefined;

  constructor(
    transport: Transport,
    url: UrlSource,
    options: ResolvedOptions,
    observer: Observer,
    attempt: Attempt,
  ) {
    this.#transport = transport;
    this.#url = url;
    this.#options = options;
    this.#observer = observer;
    this.#attempt = attempt;
    this.#cursor = attempt.lastEventId;
  }

  /** Resolves once with how a try went, and never rejects; nothing arrives after that. */
  run(): Promise<Outcome> {
    return new Promise((settle) => {
      this.#settle = settle;
      // Nothing of an earlier try is left: its answer was judged, and its flow aborted.
      this.#sent = false;
      this.#request = this.#flow = this.#body = this.#early = this.#head = this.#idle = undefined;
      void this.#ask();
    });
  }

  /** Whether another try may help, after one that went so: `run()` makes it. */
  triesAgain(outcome: Outcome): boolean {
    const again = secondTry(outcome, this.#options, this.#attempt);
    if (!again) return false;
    this.#attempt = again;
    return true;
  }

  /** It ends at once, in any phase. */
  abort(): void {
    this.#over({ kind: "aborted" });
  }

  /** Ends it, by an error that was found in its bytes. */
  fail(error: FeedError): void {
    this.#over({ kind: "failed", error });
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

  // What its transport reports.

  phase(phase: Phase, hint?: string): void {
    if (!this.#settle) return;
    this.#observer.phase(phase, hint);
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

  head(head: Head, request: TransportRequest = this.#request!): void {
    if (!this.#settle) return;
    this.alive();
    this.#body = new Body();
    if (this.#options.validate) {
      this.phase("head", say("no-answer-yet"));
      this.pause();
    }
    void this.#judge(head, request);
  }

  bytes(chunk: Uint8Array): void {
    if (!this.#settle) return;
    this.alive();
    if (!this.#body) this.#observer.bytes(chunk);
    else if (!this.#body.push(chunk)) this.pause();
  }

  ended(complete?: true): void {
    this.#end({ kind: "ended", complete });
  }

  failed(cause: unknown, url?: string): void {
    this.#end(this.#failure(cause, url));
  }

  async #ask(): Promise<void> {
    try {
      this.phase("request", say("no-answer-yet"));
      const url = toUrl(await value("url", this.#url, this.#attempt));
      const basic = takeCredentials(url);
      this.#href = url.href;
      const request = await makeRequest(url, basic, this.#options, this.#attempt);
      if (!this.#settle) return;
      this.#request = request;
      this.#flow = this.#transport.send(request, this);
    } catch (cause) {
      if (cause instanceof FeedError) return this.#over(this.#failure(cause));
      // Transports give outcomes: this is a platform that lacks something, or a request that cannot be made.
      const code = cause instanceof ReferenceError ? "unsupported" : "request";
      const error = new FeedError(code, say("cannot-be-made", messageOf(cause)), { cause });
      this.#over(this.#failure(error));
    }
  }

  async #judge({ url: answered, status, headers }: Head, request: TransportRequest): Promise<void> {
    const { number: attempt, lastEventId } = this.#attempt;
    const url = (this.#href = answered || request.url.href);
    const head = { url, status, headers, text: () => this.#text() };
    const verdict = await judge(head, this.#options, attempt);
    if (!this.#settle) return;
    if (verdict) return this.#over(verdict);
    const { chunks } = this.#body!;
    this.#head?.stop();
    this.#body = this.#head = this.#request = this.#paused = undefined;
    const resumedFrom = request.headers.has("Last-Event-ID") ? lastEventId : "";
    if (lastEventId !== this.#cursor) this.#observer.refused(this.#cursor);
    this.#observer.open({ url, status, headers, attempt, resumedFrom }, request);
    for (const chunk of chunks) this.bytes(chunk);
    // Only now: a flow that goes on may bring more within this call.
    if (!this.#paused) this.resume();
    if (this.#early) this.#over(this.#early);
  }

  /** The text of a refusal, or for `validate`: only that makes the body be read before the head was judged. */
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
    watch.start(limitMs, () => {
      const message = say("timeout", what, this.#href, limitMs);
      this.#over(this.#failure(new FeedError("timeout", message)));
    });
    return watch;
  }

  /** A failure of the way. `url`: where a redirect led, so that the request did reach a server. */
  #failure(cause: unknown, url?: string): Outcome {
    const error = explain(cause, { url: url ?? this.#href, attempt: this.#attempt.number });
    const unsent = url === undefined && (!this.#sent || neverSent(error));
    return { kind: "failed", error, unsent };
  }

  #over(outcome: Outcome): void {
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
