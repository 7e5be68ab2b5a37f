import type { Socket } from "node:net";
import type { Dispatcher } from "undici";
import { connectionOf, headersFor, type Connection } from "../core/connection.ts";
import { dispatcherOf } from "../core/dispatcher.ts";
import { buffering } from "./buffering.ts";
import { corsOf, preflightOf } from "./cors.ts";
import { ending } from "./ending.ts";
import { note, type Finding, type Level } from "./finding.ts";
import { format, ids, retry } from "./format.ts";
import { head, http, unreachable } from "./head.ts";
import { heartbeat } from "./heartbeat.ts";
import { isStream, type Observation } from "./observation.ts";
import { checkOptions, type DiagnoseOptions } from "./options.ts";
import { cursorFor, resume } from "./resume.ts";
import { Watch, type WatchOptions } from "./watch.ts";

/** The report on a stream. */
export interface Report {
  /** The examined URL, after redirects. */
  readonly url: string;
  readonly findings: readonly Finding[];
  /** The number of requests. */
  readonly requests: number;
  readonly ms: number;
  /** The worst of the findings. */
  readonly worst: Level;
  /** Whether an event stream was read. Without one there are few findings. */
  readonly isStream: boolean;
}

/** The maximum number of requests of a diagnosis, without redirects. */
export const maxRequests = 5;

const maxRedirects = 5;

/**
 * Reads a stream as a reader does, and reports its faults.
 *
 * Shape:  → a report; at most {@link maxRequests} requests, one after the other. A request by POST is sent once
 * Errors: rejects with `TypeError` for an invalid URL or option, and with the reason of the signal. An unreachable
 *         server is a finding
 * After:  all connections are closed
 */
export async function diagnose(url: string | URL, options: DiagnoseOptions = {}): Promise<Report> {
  const target = URL.parse(url);
  if (!target || !/^https?:$/.test(target.protocol))
    throw new TypeError(`diagnose needs an HTTP URL, not ${JSON.stringify(url)}.`);
  checkOptions(options);
  const connection = await connectionOf(options).catch((cause: Error) => {
    throw new TypeError(cause.message, { cause });
  });
  headersFor(connection);
  const { signal } = options;
  signal?.throwIfAborted();
  const diagnosis = new Diagnosis(target, options, connection);
  try {
    const report = await diagnosis.run();
    // Too little was seen for a finding.
    signal?.throwIfAborted();
    return report;
  } finally {
    await diagnosis.close();
  }
}

class Diagnosis {
  #url: URL;
  readonly #asked: string;
  #requests = 0;
  readonly #options: DiagnoseOptions;
  readonly #connection: Connection;
  readonly #dispatcher: Dispatcher;
  readonly #start = performance.now();
  readonly #findings: Finding[] = [];
  readonly #signal: AbortSignal;
  readonly #watchMs: number;
  #socket: Socket | undefined;

  constructor(url: URL, options: DiagnoseOptions, connection: Connection) {
    this.#url = url;
    this.#asked = url.href;
    this.#options = options;
    this.#connection = connection;
    this.#signal = options.signal ?? new AbortController().signal;
    this.#watchMs = options.long ? 130_000 : (options.watchMs ?? 16_000);
    this.#dispatcher = dispatcherOf(connection, (socket) => (this.#socket = socket));
  }

  async run(): Promise<Report> {
    const seen = await this.#first();
    const stream = isStream(seen);
    if (this.#url.href !== this.#asked) {
      this.#add(note("head", `It redirects to ${this.#url.href}.`));
    }
    if (seen.error) this.#add(unreachable(seen.error));
    else this.#add(head(seen));
    if (stream) {
      this.#add(format(seen), retry(seen), ids(seen), http(this.#url, seen), ending(seen));
      this.#add(heartbeat(seen, this.#watchMs));
    }
    const isSilent = seen.pieces.length === 0 && !seen.end;
    if (!seen.error && (stream || seen.status === undefined)) {
      const plain = isSilent && this.#mayRepeat ? await this.#uncompressed() : undefined;
      this.#add(buffering(seen, plain));
    }
    if (stream && this.#mayRepeat) {
      const cursor = cursorFor(seen);
      if (cursor) this.#add(resume(seen, await this.#resumed(cursor), cursor));
      await this.#fromOtherPages();
    }
    return this.#report(stream);
  }

  close(): Promise<void> {
    return this.#dispatcher.destroy();
  }

  /** A method other than GET may have an effect each time. */
  get #mayRepeat(): boolean {
    return this.#connection.method === "GET" && !this.#signal.aborted;
  }

  /** Reads the stream like a new reader. */
  async #first(): Promise<Observation> {
    const { long } = this.#options;
    for (let hops = 0; ; hops++) {
      const seen = await this.#ask({
        headers: { "accept-encoding": "gzip, deflate, br" },
        forMs: this.#watchMs,
        // Enough events to compare, and enough time to see when they arrive.
        enough: ({ events }, ms) =>
          !long && events.length >= 5 && ms >= Math.min(4000, this.#watchMs),
      });
      const { status = 0, headers } = seen;
      const to = headers.get("location");
      if (status < 300 || status > 399 || to === null || hops === maxRedirects) return seen;
      this.#url = new URL(to, this.#url);
    }
  }

  /** The same again without compression: does the compression buffer? */
  #uncompressed(): Promise<Observation> {
    return this.#ask({
      headers: { "accept-encoding": "identity" },
      forMs: Math.min(this.#watchMs, 8000),
      enough: ({ events }) => events.length > 0,
    });
  }

  #resumed(lastEventId: string): Promise<Observation> {
    return this.#ask({
      headers: {
        "accept-encoding": "identity",
        "last-event-id": Buffer.from(lastEventId).toString("latin1"),
      },
      forMs: Math.min(this.#watchMs, 5000),
      // A greeting without an id does not matter for the cursor.
      enough: ({ events }) => events.some(({ id, type }) => id && type !== "steadfeed.gap"),
    });
  }

  async #fromOtherPages(): Promise<void> {
    const { origin: given, credentials = false } = this.#options;
    const origin = given ?? "https://page.example";
    const seen = await this.#ask({
      headers: { origin },
      forMs: Math.min(this.#watchMs, 5000),
      enough: ({ status }) => status !== undefined,
    });
    const asked = { origin, credentials, required: given !== undefined };
    this.#add(corsOf(seen, asked));
    if (seen.headers.get("access-control-allow-origin") === null) return;
    const preflight = await this.#ask({
      method: "OPTIONS",
      headers: {
        origin,
        "access-control-request-method": "GET",
        "access-control-request-headers": "last-event-id",
      },
      forMs: Math.min(this.#watchMs, 5000),
      enough: ({ status }) => status !== undefined,
    });
    this.#add(preflightOf(preflight, asked));
  }

  async #ask(options: Omit<WatchOptions, "signal" | "body">): Promise<Observation> {
    const { method, body } = this.#connection;
    this.#requests++;
    const isPreflight = options.method === "OPTIONS";
    // Headers for one server do not follow a redirect to another.
    const isTheirs = this.#url.origin !== new URL(this.#asked).origin;
    const watch = new Watch({
      ...options,
      method: options.method ?? method,
      // A preflight carries none of the page's headers.
      headers: {
        accept: "text/event-stream",
        "cache-control": "no-cache",
        ...(!isPreflight && !isTheirs && headersFor(this.#connection)),
        ...options.headers,
      },
      body: isPreflight ? undefined : body,
      signal: this.#signal,
    });
    return watch.run(this.#dispatcher, this.#url, () => this.#socket);
  }

  #add(...findings: (Finding | readonly Finding[] | undefined)[]): void {
    this.#findings.push(...findings.flatMap((each) => each ?? []));
  }

  #report(stream: boolean): Report {
    const levels: readonly Level[] = ["fault", "risk", "note", "ok"];
    return {
      url: this.#url.href,
      findings: this.#findings,
      requests: this.#requests,
      ms: Math.round(performance.now() - this.#start),
      worst: levels.find((level) => this.#findings.some((each) => each.level === level)) ?? "ok",
      isStream: stream,
    };
  }
}
