import { checkResumption } from "#checks";
import type { FeedEvent } from "../core/event.ts";
import type { ResolvedOptions } from "../core/options.ts";
import type { Resumption } from "../core/resume.ts";
import type { OpenInfo } from "../core/status.ts";
import type { UrlSource } from "../http/request.ts";
import type { TransportRequest } from "../http/transport.ts";

/** A run of a source, from its start to its stop. Once it is aborted, its remaining work has no effect. */
export interface Run {
  aborted: boolean;
}

/** The next request. Its cursor is only sent to `cursorOrigin`; `undefined`: the origin of the URL. */
export type NextRequest = [
  url: UrlSource,
  options: ResolvedOptions,
  id: string,
  cursorOrigin: string | undefined,
];

/** The number of newest events whose checksums are remembered. */
const most = 4096;

/**
 * An answer that continues with another request after a break: the part that was received, and the request for the
 * rest.
 */
export class Continuation {
  /** How many events are still to be skipped, if the answer is sent again from its start. */
  skips = 0;
  readonly #request: TransportRequest;
  readonly #response: OpenInfo;
  #first: FeedEvent | undefined;
  #last: FeedEvent | undefined;
  #count = 0;
  /**
   * The checksums of the answer up to each event as first received, and the checksum up to the newest repeated event.
   */
  readonly #sums: number[] = [];
  #sum = 0;
  #again = 0;

  constructor(request: TransportRequest, response: OpenInfo) {
    this.#request = request;
    this.#response = response;
  }

  /** An event was received. */
  took(event: FeedEvent): void {
    this.#first ??= event;
    this.#last = event;
    this.#sums[this.#count++ % most] = this.#sum = sumOf(event, this.#sum);
  }

  /** Skips an event. Returns `true` if it equals the one that was received before. */
  skip(event: FeedEvent): boolean {
    this.#again = sumOf(event, this.#again);
    const at = this.#count - this.skips;
    return this.skips-- > most || this.#sums[at % most] === this.#again;
  }

  /** Asks for the next request. `undefined` or `null` if there is none, or if the run that asked was aborted. */
  async next(
    run: Run,
    options: ResolvedOptions,
    id: string,
    cursorOrigin: string | undefined,
  ): Promise<NextRequest | null | undefined> {
    const { method, headers, body, origin: home } = this.#request;
    const response = this.#response;
    const first = this.#first;
    const last = this.#last;
    const { url: base } = response;
    const request = { url: base, method, headers, body };
    const given = await options.resume!({ request, response, first, last });
    if (!given || run.aborted) return given as null | undefined;
    checkResumption(given);
    // Only its own properties are read.
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
        // Neither the body of the first request nor the headers that describe it.
        body: to.headers ? undefined : null!,
        token: stays && !new Headers(to.headers).has("Authorization") ? options.token : undefined,
        // This mode has no second try without the cursor, which would get another answer.
        mode: "once",
      },
      id,
      // The cursor may be sent to the origin of the answer, and to an origin that the user gave headers for.
      to.headers || url.origin === new URL(base).origin ? undefined : (cursorOrigin ?? home),
    ];
  }
}

/** A checksum (FNV-1a) of an event and those before it. */
function sumOf({ type, id, data }: FeedEvent, sum: number): number {
  const text = `${type}\n${id}\n${data}\n`;
  for (let at = 0; at < text.length; at++) sum = Math.imul(sum ^ text.charCodeAt(at), 0x01000193);
  return sum;
}
