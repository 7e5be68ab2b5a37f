import { say } from "#words";
import { messageOf } from "../core/answer.ts";
import { FeedError } from "../core/errors.ts";
import type { FeedEvent } from "../core/event.ts";
import type { AllOf, Attempt, ResolvedOptions } from "../core/options.ts";
import { knownOptions } from "../core/own.ts";
import type { BrokenAnswer, Resumption } from "../core/resume.ts";
import type { OpenInfo } from "../core/status.ts";
import { bodyHeaders } from "../http/redirect.ts";
import type { UrlSource } from "../http/request.ts";
import type { TransportRequest } from "../http/transport.ts";

/** The next request: where to, how, and with which cursor, which only goes to `origin`. */
export interface Onward {
  readonly url: UrlSource;
  readonly options: ResolvedOptions;
  readonly cursor: string;
  readonly origin: string | undefined;
}

const defaults: AllOf<Resumption> = Object.freeze({
  url: "",
  method: "GET",
  headers: undefined,
  cursor: "header",
  replay: "after",
});

/** An answer that goes on elsewhere after a break. It knows what was received of it. */
export class Continuation {
  /** The server sends it from the start: so many of its events are still to be skipped. */
  replays = false;
  skips = 0;
  readonly #options: ResolvedOptions;
  readonly #request: BrokenAnswer["request"];
  readonly #response: OpenInfo;
  #first: FeedEvent | undefined;
  #last: FeedEvent | undefined;
  #count = 0;
  /** A checksum over what was received, and over what is skipped. */
  #sum = 0;
  #skipped = 0;

  constructor(
    options: ResolvedOptions,
    { url, method, headers, body }: TransportRequest,
    response: OpenInfo,
  ) {
    this.#options = options;
    this.#request = { url: url.href, method, headers, body };
    this.#response = response;
  }

  /** Takes the next event: whether it is a new one; `undefined`: what was skipped is not what was received. */
  takes(event: FeedEvent): boolean | undefined {
    if (this.skips > 0) {
      this.#skipped = sumOf(event, this.#skipped);
      return --this.skips > 0 || this.#skipped === this.#sum ? false : undefined;
    }
    this.#first ??= event;
    this.#last = event;
    this.#count++;
    this.#sum = sumOf(event, this.#sum);
    return true;
  }

  /** Asks where it goes on: `undefined` if nowhere. `cursor` and `origin`: what was received, and who gave it. */
  async onward(cursor: string, origin: string | undefined): Promise<Onward | undefined> {
    const options = this.#options;
    const [request, response, first, last] = [
      this.#request,
      this.#response,
      this.#first,
      this.#last,
    ];
    const given = await options.resume!({ request, response, first, last });
    if (!given) return undefined;
    const to = knownOptions("resume", given, defaults);
    const url = new URL(to.url, request.url);
    const start = new URL(request.url).origin;
    const stays = url.origin === start;
    const { headers = stays ? withoutBody(options.headers) : undefined } = to;
    this.replays = to.replay === "from-start";
    this.skips = this.replays ? this.#count : 0;
    this.#skipped = 0;
    if (typeof to.cursor === "function") cursor = to.cursor(last) ?? "";
    if (this.replays) cursor = "";
    if (to.cursor === "query") {
      url.searchParams.set("lastEventId", cursor);
      cursor = "";
    }
    return {
      url,
      cursor,
      origin: to.headers ? url.origin : (origin ?? start),
      options: {
        ...options,
        method: to.method!,
        headers,
        token: stays && !new Headers(to.headers).has("Authorization") ? options.token : undefined,
        body: undefined,
        // Without its cursor it would not be the same answer.
        mode: "once",
      },
    };
  }
}

const withoutBody =
  (given: ResolvedOptions["headers"]) =>
  async (attempt: Attempt): Promise<Headers> => {
    const headers = new Headers(typeof given === "function" ? await given(attempt) : given);
    for (const name of bodyHeaders) headers.delete(name);
    return headers;
  };

/** A checksum modulo the prime 2^36 − 5, which leaves every product exact. */
function sumOf({ type, id, data }: FeedEvent, sum: number): number {
  const text = `${type}\n${id}\n${data}\n`;
  for (let at = 0; at < text.length; at++) {
    sum = (sum * 65_599 + text.charCodeAt(at)) % 68_719_476_731;
  }
  return sum;
}

/** The next request, or why there is none yet: the one after the cursor, or where `resume` says that a broken answer goes on; `undefined`: nowhere. */
export async function onwardOf(
  answer: Continuation | undefined,
  after: Onward,
): Promise<Onward | FeedError | undefined> {
  try {
    return answer ? await answer.onward(after.cursor, after.origin) : after;
  } catch (cause) {
    return new FeedError("callback", say("resume-threw", messageOf(cause)), { cause });
  }
}

/** `resume` says that a broken answer goes on nowhere. */
export function lost(cause?: FeedError): FeedError {
  const { url, attempt, message } = cause ?? {};
  return new FeedError("not-resumable", say("lost", message), { url, attempt, cause });
}
