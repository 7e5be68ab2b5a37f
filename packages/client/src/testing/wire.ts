import type { FetchLike } from "../core/platform.ts";
import { knownOptions } from "../core/own.ts";
import { WireRequest } from "./wire-request.ts";

/** The server of a test: called at each request, with 1 for the first. */
export type Serve = (request: WireRequest, number: number) => void;

const defaults: { honoursAbort: boolean } = { honoursAbort: true };

/** The behaviour of a wire. */
export interface WireOptions {
  /** `false` makes a fetch that ignores its signal. Default: `true`. */
  readonly honoursAbort?: boolean | undefined;
}

/**
 * A network without sockets: give its `fetch` to a feed, and act as the server, in `serve` or from the test.
 *
 * Shape: runs on platforms with `Response` and `ReadableStream`, and with a fake clock
 * After: nothing happens by itself: without `serve`, a request stays pending until the test answers it
 */
export class Wire {
  /** Every request so far, oldest first. */
  readonly requests: WireRequest[] = [];
  /** The largest number of requests that were live at one time: 1 for a feed, whatever happens to it. */
  mostLive = 0;
  readonly #serve: Serve;
  readonly #honoursAbort: boolean;

  constructor(serve: Serve = () => undefined, options: WireOptions = {}) {
    if (typeof serve !== "function")
      throw new TypeError("A Wire needs a function of a request, and then its options.");
    this.#serve = serve;
    this.#honoursAbort = knownOptions("Wire", options, defaults).honoursAbort;
  }

  /** For the `fetch` option of a feed. */
  readonly fetch: FetchLike = (url, init) => {
    const request = new WireRequest(url, init);
    this.requests.push(request);
    if (this.#honoursAbort) {
      if (init.signal?.aborted) request.abort();
      init.signal?.addEventListener("abort", () => request.abort(), { once: true });
    }
    this.mostLive = Math.max(this.mostLive, this.live.length);
    this.#serve(request, this.requests.length);
    return request.response;
  };

  /** The live requests. */
  get live(): WireRequest[] {
    return this.requests.filter((request) => request.live);
  }

  /** The newest request. Throws if there was none. */
  get last(): WireRequest {
    const last = this.requests.at(-1);
    if (!last) throw new Error("No request was made.");
    return last;
  }
}
