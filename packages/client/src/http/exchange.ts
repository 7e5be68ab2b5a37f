import { FeedError, transportError, type FeedErrorInfo } from "../core/errors.ts";
import { judge, type Verdict } from "./judge.ts";
import type { Attempt, ResolvedOptions } from "../core/options.ts";
import type { Outcome } from "./policy.ts";
import type { OpenInfo, ResponseHead } from "../core/status.ts";
import type { Flow, Receiver, Transport, TransportRequest } from "./transport.ts";
import { Watch } from "../core/watch.ts";

/** What an attempt tells while it lasts. */
export interface Observer {
  /** The stream is open; `stream` stops and starts its bytes, and ends it; `origin` was asked. */
  open(info: OpenInfo, stream: OpenStream, origin: string): void;
  bytes(chunk: Uint8Array): void;
  /** The server refused the cursor, and opens a stream without: told before `open`. */
  refused(lastEventId: string): void;
}

/** The stream of an attempt, from its head on. */
export interface OpenStream {
  pause(): void;
  resume(): void;
  /** Ends it: in order, or with an error. */
  finish(error?: FeedError): void;
}

/** How one request went: an outcome, or another request to make. */
export type Result = Outcome | Extract<Verdict, { readonly kind: "redirect" }>;

/** One request and its answer. Resolves once with how it went; nothing arrives after that. */
export function exchange(
  transport: Transport,
  request: TransportRequest,
  options: ResolvedOptions,
  attempt: Attempt,
  observer: Observer,
): Promise<Result> {
  return new Promise((settle) => {
    new Exchange(request, options, attempt, observer, settle).start(transport);
  });
}

class Exchange implements Receiver, OpenStream {
  readonly #request: TransportRequest;
  readonly #options: ResolvedOptions;
  readonly #attempt: Attempt;
  readonly #observer: Observer;
  readonly #settle: (result: Result) => void;
  readonly #watch: Watch;
  readonly #abort = (): void => this.#over({ kind: "aborted" });
  #flow: Flow | undefined;
  #settled = false;

  constructor(
    request: TransportRequest,
    options: ResolvedOptions,
    attempt: Attempt,
    observer: Observer,
    settle: (result: Result) => void,
  ) {
    this.#request = request;
    this.#options = options;
    this.#attempt = attempt;
    this.#observer = observer;
    this.#settle = settle;
    this.#watch = new Watch(options.ref);
  }

  start(transport: Transport): void {
    this.#attempt.signal.addEventListener("abort", this.#abort, { once: true });
    this.#watchFor("No answer", this.#options.timeouts.headersMs);
    this.#flow = transport.send(this.#request, this);
  }

  head(head: ResponseHead): void {
    if (this.#settled) return;
    const verdict = judge(head, this.#request, this.#options, this.#attempt);
    if (!(verdict instanceof Promise)) return this.#judged(head, verdict);
    this.#flow?.pause();
    void verdict.then((late) => {
      this.#judged(head, late);
      this.#flow?.resume();
    });
  }

  bytes(chunk: Uint8Array): void {
    if (this.#settled) return;
    this.#watch.touch();
    this.#observer.bytes(chunk);
  }

  end(error?: unknown): void {
    if (error === undefined) this.#over({ kind: "ended" });
    else this.#over({ kind: "failed", error: transportError(error, this.#facts()) });
  }

  pause(): void {
    this.#watch.pause();
    this.#flow?.pause();
  }

  resume(): void {
    this.#watch.resume();
    this.#flow?.resume();
  }

  finish(error?: FeedError): void {
    this.#over(error ? { kind: "failed", error } : { kind: "ended" });
  }

  #judged(head: ResponseHead, verdict: Verdict): void {
    if (this.#settled) return;
    if (verdict) return this.#over(verdict);
    this.#watch.stop();
    this.#watchFor("No byte", this.#options.timeouts.idleMs);
    const { url, status, headers } = head;
    this.#observer.open(
      {
        url: url || this.#request.url.href,
        status,
        headers,
        attempt: this.#attempt.number,
        resumedFrom: this.#request.headers.has("Last-Event-ID") ? this.#attempt.lastEventId : "",
      },
      this,
      this.#request.url.origin,
    );
  }

  #watchFor(what: string, limitMs: number | false): void {
    if (limitMs === false) return;
    this.#watch.start(limitMs, () => {
      const message = `${what} from ${this.#request.url.href} within ${limitMs} ms.`;
      this.#over({ kind: "failed", error: new FeedError("timeout", message, this.#facts()) });
    });
  }

  #over(result: Result): void {
    if (this.#settled) return;
    this.#settled = true;
    this.#watch.stop();
    this.#attempt.signal.removeEventListener("abort", this.#abort);
    this.#flow?.abort();
    this.#settle(result);
  }

  #facts(): FeedErrorInfo {
    return { url: this.#request.url.href, attempt: this.#attempt.number };
  }
}
