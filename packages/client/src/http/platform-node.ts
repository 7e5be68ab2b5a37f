import { FollowingTransport } from "./redirect.ts";
import { createTransport as createFetchTransport } from "./transport-fetch.ts";
import { createTransport as createUndiciTransport } from "./transport-undici.ts";
import type { Transport, TransportOptions } from "./transport.ts";

export { explain, neverSent } from "./failure.ts";
export { takeCredentials } from "./headers.ts";
export { toHeaderValue } from "./header-value.ts";
export { retryAfterMs } from "./retry-after.ts";
export { trace } from "./node/diagnostics.ts";

/** Node's transport: undici, or the given fetch. */
export const createTransport = (options: TransportOptions): Transport =>
  new FollowingTransport((options.fetch ? createFetchTransport : createUndiciTransport)(options));
