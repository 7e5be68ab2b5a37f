import { checkResumption } from "#checks";
import type { FeedEvent } from "../core/event.ts";
import type { ResolvedOptions } from "../core/options.ts";
import type { Resumption } from "../core/resume.ts";
import type { OpenInfo } from "../core/status.ts";
import type { UrlSource } from "../http/request.ts";
import type { TransportRequest } from "../http/transport.ts";
import type { Run } from "./attempt.ts";

/** The next request: where to, how, and with which cursor, which only goes to `origin`. */
export type Onward = [
  url: UrlSource,
  options: ResolvedOptions,
  id: string,
  origin: string | undefined,
];

/** Of so many events, the newest, the checksum is remembered. */
const most = 4096;

/** An answer that goes on elsewhere after a break: what was received of it, and where it goes on. */
export class Continuation {
  /** It is sent again from its start: so many of its events are still to be skipped. */
  skips = 0;
  readonly #request: TransportRequest;
  readonly #response: OpenInfo;
  #first: FeedEvent | undefined;
  #last: FeedEvent | undefined;
  #count = 0;
  /** The checksums of the answer up to each event, as it came first, and up to the newest that came again. */
  readonly #sums: number[] = [];
  #sum = 0;
  #again = 0;

  constructor(request: TransportRequest, response: OpenInfo) {
    this.#request = request;
    this.#response = response;
  }

  /** An event is received. */
  took(event: FeedEvent): void {
    this.#first ??= event;
    this.#last = event;
    this.#sums[this.#count++ % most] = this.#sum = sumOf(event, this.#sum);
  }

  /** Skips an event: whether it is the one that was received before. */
  skip(event: FeedEvent): boolean {
    this.#again = sumOf(event, this.#again);
    const at = this.#count - this.skips;
    return this.skips-- > most || this.#sums[at % most] === this.#again;
  }

  /** Asks where it goes on: `undefined` or `null` if nowhere, or if the run that asks was aborted. */
  async onward(
    run: Run,
    options: ResolvedOptions,
    id: string,
    origin: string | undefined,
  ): Promise<Onward | null | undefined> {
    const { method, headers, body, origin: home } = this.#request;
    const response = this.#response;
    const last = this.#last;
    const base = response.url;
    const request = { url: base, method, headers, body };
    const given = await options.resume!({ request, response, first: this.#first, last });
    if (!given || run.aborted) return given as null | undefined;
    checkResumption(given);
    // Its own properties alone.
    const to = { __proto__: null, ...given } as Resumption;
    const url = new URL(to.url, base);
    const stays = url.origin === home;
    const { cursor, replay, headers: own = stays ? options.headers : undefined } = to;
    const replays = replay === "from-start";
    this.skips = replays ? this.#count : 0;
    this.#again = 0;
    id = replays ? "" : typeof cursor === "function" ? (cursor(last) ?? "") : id;
    if (cursor === "query") {
      url.searchParams.set("lastEventId", id);
      id = "";
    }
    return [
      url,
      {
        ...options,
        method: to.method ?? "GET",
        headers: own,
        // Not that of the question, and no headers of it.
        body: to.headers ? undefined : null!,
        token: stays && !new Headers(to.headers).has("Authorization") ? options.token : undefined,
        // Without its cursor it would not be the same answer.
        mode: "once",
      },
      id,
      // The cursor may go to where the answer came from, and where its user sends headers.
      to.headers || url.origin === new URL(base).origin ? undefined : (origin ?? home),
    ];
  }
}

/** A checksum (FNV-1a) of an event and those before it. */
function sumOf({ type, id, data }: FeedEvent, sum: number): number {
  const text = `${type}\n${id}\n${data}\n`;
  for (let at = 0; at < text.length; at++) sum = Math.imul(sum ^ text.charCodeAt(at), 0x01000193);
  return sum;
}
