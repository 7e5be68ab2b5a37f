import { checkOnStatus } from "#checks";
import type { FeedOptions } from "../core/options.ts";
import type { AllOf } from "../core/own.ts";
import { knownOptions } from "../core/own.ts";
import { resolve } from "../core/resolve.ts";
import type { BrokenAnswer, Resumption } from "../core/resume.ts";
import { steadyResponse } from "./steady-response.ts";
import type { OnStatus } from "./tell.ts";

/** The options of `steadyFetch`: those of a `Feed` that fit, `until`, `resume` and `onStatus`. */
export interface SteadyFetchOptions extends Pick<
  FeedOptions,
  "resume" | "until" | "retry" | "timeouts" | "token" | "signal" | "maxEventBytes"
> {
  /** A `fetch` of your own for all requests. Default: the platform's, looked up at each request. */
  fetch?(input: string | URL | Request, init?: RequestInit): Promise<Response>;
  /** Called with each status of a stream: `waiting`, `gap`, `open` and the other statuses of a feed, and `closed`. */
  readonly onStatus?: OnStatus | undefined;
}

const defaults: AllOf<SteadyFetchOptions> = Object.freeze({
  resume: undefined,
  until: undefined,
  retry: undefined,
  timeouts: undefined,
  token: undefined,
  signal: undefined,
  maxEventBytes: undefined,
  fetch: undefined,
  onStatus: undefined,
});

/** A reader is waiting for the next words, so retries come sooner than a feed's, and end after a while. */
const retry = { initialDelayMs: 250, maxDelayMs: 5000, maxElapsedMs: 120_000 };

/**
 * Creates a `fetch` whose event streams do not break: after a cut they continue at the next event, with the request of
 * `resume`. For other clients that accept a `fetch`.
 *
 * Shape: like `fetch`. A response that is not `text/event-stream`, and every refusal, is the one of `fetch` itself
 * Errors: throws `TypeError` for invalid options. If an answer cannot be resumed, the body fails with a `FeedError`
 *         whose `cause` is the break. The request itself is made once, and fails as with `fetch`
 * After: bytes are passed on unchanged, up to the newest complete event. `content-length` is removed once an answer was
 *        resumed
 */
export function steadyFetch(options: SteadyFetchOptions = {}): typeof globalThis.fetch {
  const given = knownOptions<AllOf<SteadyFetchOptions>>("steadyFetch", options, defaults);
  const { onStatus, resume = standard, retry: asked = retry, ...others } = given;
  // Checked before it is merged with the defaults, which would turn any value into an object.
  resolve({ retry: asked });
  const limits = typeof asked === "object" && asked ? { ...retry, ...asked } : asked;
  // The `fetch` is checked like a feed's, since it gets the same arguments.
  const fixed = resolve({ ...others, resume, retry: limits });
  checkOnStatus(onStatus);
  const steady = (input: string | URL | Request, init?: RequestInit | null): Promise<Response> =>
    steadyResponse(input, init ?? {}, fixed, onStatus);
  // Bun's fetch has a property of its own, which is copied.
  return Object.assign(steady, others.fetch ?? globalThis.fetch);
}

/** The default for `resume`: the standard's way, by the cursor. Before the first event, a GET is repeated unchanged. */
function standard({ request: { method, url }, last }: BrokenAnswer): Resumption | undefined {
  return /^(GET|HEAD)$/i.test(method) && last?.lastEventId !== "" ? { url } : undefined;
}
