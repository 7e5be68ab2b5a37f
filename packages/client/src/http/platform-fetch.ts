import { FollowingTransport } from "./redirect.ts";
import { createTransport as createFetchTransport } from "./transport-fetch.ts";
import type { Transport, TransportOptions } from "./transport.ts";

export { trace } from "../core/trace.ts";
export { explain, neverSent } from "./failure.ts";
export { takeCredentials } from "./headers.ts";
export { toHeaderValue } from "./header-value.ts";
export { retryAfterMs } from "./retry-after.ts";

/** For platforms that only have fetch, and whose fetch exposes redirects: Deno, Bun, workers. */
export const createTransport = (options: TransportOptions): Transport =>
  new FollowingTransport(createFetchTransport(options));
