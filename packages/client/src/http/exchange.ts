import { FeedError, type FeedErrorInfo } from "../core/errors.ts";
import { neverSent, transportError } from "./failure.ts";
import { Body } from "./body.ts";
import { judge, type Verdict } from "./judge.ts";
import type { Attempt, ResolvedOptions } from "../core/options.ts";
import type { Outcome } from "./policy.ts";
import type { Phase, OpenInfo } from "../core/status.ts";
import type { Still } from "./still.ts";
import type { Flow, Head, Receiver, Transport, TransportRequest } from "./transport.ts";
import { Watch } from "../core/watch.ts";

/** What an attempt reports while it lasts. */
export interface Observer {
  /** A phase before the head lasts: reported after 15 s, and again every 60 s. */
  still(phase: Phase, forMs: number, hint?: string): void;
  /** The server refused the cursor, and opens a stream without: reported before `open`. */
  refused(lastEventId: string): void;
  /** The stream is open; `stream` stops and starts its bytes, and ends it; `request` was answered. */
  open(info: OpenInfo, stream: OpenStream, request: TransportRequest): void;
  bytes(chunk: Uint8Array): void;
}

/** The stream of an attempt, from its head on. */
export interface OpenStream {
  pause(): void;
  resume(): void;
  /** Ends it: in order, or with an error. */
  finish(error?: FeedError): void;
}

/** An attempt on its way: what it was made with, and who hears of it. */
export interface Trip {
  readonly attempt: Attempt;
  readonly options: ResolvedOptions;
  readonly observer: Observer;
  readonly still: Still;
  /** The cursor that the server refused before. */
  readonly refused: string | undefined;
}

/** How one request went: an outcome, or another request to make. */
export type Result = Outcome | Extract<Verdict, { readonly kind: "redirect" }>;

/** One request and its answer. Resolves once with how it went; nothing arrives after that. */
export function exchange(
  transport: Transport,
  request: TransportRequest,
  trip: Trip,
): Promise<Result> {
  return new Promise((settle) => {
    new Exchange(request, trip, settle).start(transport);
  });
}

class Exchange implements Receiver, OpenStream {
  readonly #request: TransportRequest;
  readonly #trip: Trip;
  readonly #settle: (result: Result) => void;
  readonly #abort = (): void => this.#over({ kind: "aborted" });
  /** Since the newest byte. */
  readonly #idle: Watch;
  /** Until the head was judged. */
  readonly #head: Watch;
  #flow: Flow | undefined;
  /** The body of an answer that is refused. */
  #body: Body | undefined;
  #begun = false;
  /** Something of the request may have reached the server. */
  #sent = false;
  #judging = false;
  /** The end of a body that came while its head was being judged. */
  #early: Outcome | undefined;
  #settled = false;

  constructor(request: TransportRequest, trip: Trip, settle: (result: Result) => void) {
    this.#request = request;
    this.#trip = trip;
    this.#settle = settle;
    this.#idle = new Watch(trip.options.ref);
    this.#head = new Watch(trip.options.ref);
  }

  start(transport: Transport): void {
    this.#trip.attempt.signal.addEventListener("abort", this.#abort, { once: true });
    this.#flow = transport.send(this.#request, this);
  }

  phase(phase: Phase, hint?: string): void {
    if (this.#settled) return;
    this.#trip.still.enter(phase, hint);
    this.#sent ||= phase === "head" || phase === "request";
    if (this.#begun) return;
    // Only now: what a transport has to load first is not the server's silence.
    this.#begun = true;
    const { headersMs, idleMs } = this.#trip.options.timeouts;
    this.#limit(this.#head, "No answer", headersMs);
    this.#limit(this.#idle, "No byte", idleMs);
  }

  alive(): void {
    this.#idle.touch();
  }

  head(head: Head): void {
    if (this.#settled) return;
    this.alive();
    this.#trip.still.leave();
    const { options, attempt } = this.#trip;
    this.#judging = true;
    const whole = { ...head, text: () => this.#text() };
    const verdict = judge(whole, this.#request, options, attempt);
    if (!(verdict instanceof Promise)) return this.#judged(head, verdict);
    if (!this.#body) this.pause();
    verdict.then(
      (late) => {
        this.#judged(head, late);
        this.resume();
      },
      (error: unknown) => this.#broke(error),
    );
  }

  bytes(chunk: Uint8Array): void {
    if (this.#settled) return;
    this.alive();
    if (this.#body) return this.#body.push(chunk);
    try {
      this.#trip.observer.bytes(chunk);
    } catch (error) {
      this.#broke(error);
    }
  }

  ended(complete?: true): void {
    this.#end(complete ? { kind: "ended", complete } : { kind: "ended" });
  }

  failed(error: unknown): void {
    this.#end(this.#failure(transportError(error, this.#facts())));
  }

  pause(): void {
    this.#idle.pause();
    this.#flow?.pause();
  }

  resume(): void {
    if (this.#settled) return;
    this.#idle.resume();
    this.#flow?.resume();
  }

  finish(error?: FeedError): void {
    this.#over(error ? { kind: "failed", error } : { kind: "ended" });
  }

  #judged(head: Head, verdict: Verdict): void {
    if (this.#settled) return;
    this.#judging = false;
    if (verdict) return this.#over(verdict);
    this.#head.stop();
    const { url, status, headers } = head;
    const { attempt, observer, refused } = this.#trip;
    const info = {
      url: url || this.#request.url.href,
      status,
      headers,
      attempt: attempt.number,
      resumedFrom: this.#request.headers.has("Last-Event-ID") ? attempt.lastEventId : "",
    };
    try {
      if (refused !== undefined) observer.refused(refused);
      observer.open(info, this, this.#request);
    } catch (error) {
      return this.#broke(error);
    }
    if (this.#early) this.#over(this.#early);
  }

  /** Reads on, but for who judges. */
  #text(): Promise<string> {
    if (!this.#body) {
      this.#body = new Body(this.#trip.options.ref);
      if (this.#early || this.#settled) this.#body.end();
      else this.resume();
    }
    return this.#body.text;
  }

  #end(outcome: Outcome): void {
    if (!this.#judging) return this.#over(outcome);
    this.#early = outcome;
    this.#body?.end();
  }

  /** No outcome of the wire: something here cannot do its work, and would not at the next attempt. */
  #broke(cause: unknown): void {
    const { href } = this.#request.url;
    const { message } = transportError(cause, {});
    const error = new FeedError("unsupported", `The answer of ${href} cannot be read: ${message}`, {
      ...this.#facts(),
      cause,
    });
    this.#over({ kind: "failed", error });
  }

  #limit(watch: Watch, what: string, limitMs: number | false): void {
    if (limitMs === false) return;
    watch.start(limitMs, () => {
      const message = `${what} from ${this.#request.url.href} within ${limitMs} ms.`;
      this.#over(this.#failure(new FeedError("timeout", message, this.#facts())));
    });
  }

  /** A failure of the way. */
  #failure(error: FeedError): Outcome {
    const unsent = !this.#sent || neverSent(error);
    return { kind: "failed", error, ...(unsent && { unsent }) };
  }

  #over(result: Result): void {
    if (this.#settled) return;
    this.#settled = true;
    this.#head.stop();
    this.#idle.stop();
    this.#body?.end();
    this.#trip.still.leave();
    this.#trip.attempt.signal.removeEventListener("abort", this.#abort);
    this.#flow?.abort();
    this.#settle(result);
  }

  #facts(): FeedErrorInfo {
    return { url: this.#request.url.href, attempt: this.#trip.attempt.number };
  }
}
