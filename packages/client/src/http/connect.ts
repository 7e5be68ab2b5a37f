import { FeedError } from "../core/errors.ts";
import { exchange, type Observer, type Trip } from "./exchange.ts";
import type { Attempt, ResolvedOptions } from "../core/options.ts";
import { refusesCursor, type Outcome } from "./policy.ts";
import { makeRequest, type UrlSource } from "./request.ts";
import { Still } from "./still.ts";
import type { Transport, TransportRequest } from "./transport.ts";

const maxHops = 20;

/**
 * One attempt: requests, redirects, checks, then bytes until the end. Returns its outcome and never throws;
 * when the signal aborts it is over at once, in any phase.
 */
export async function connect(
  transport: Transport,
  url: UrlSource,
  options: ResolvedOptions,
  attempt: Attempt,
  observer: Observer,
): Promise<Outcome> {
  const still = new Still(observer);
  let current = attempt;
  let refused: string | undefined;
  try {
    while (!attempt.signal.aborted) {
      const trip = { attempt: current, options, observer, still, refused };
      const outcome = await follow(transport, url, trip);
      const again =
        outcome.kind === "failed" ? secondTry(outcome.error, options, current) : undefined;
      if (!again) return outcome;
      if (again.lastEventId !== attempt.lastEventId) refused = attempt.lastEventId;
      current = again;
    }
    return { kind: "aborted" };
  } catch (error) {
    if (attempt.signal.aborted) return { kind: "aborted" };
    return { kind: "failed", error: ourFault(error, attempt), unsent: true };
  } finally {
    still.leave();
  }
}

/** Transports give outcomes: what is thrown here is a platform that lacks something, or a request that cannot be made. */
function ourFault(cause: unknown, { number: attempt }: Attempt): FeedError {
  if (cause instanceof FeedError) return cause;
  const code = cause instanceof ReferenceError ? "unsupported" : "request";
  const message = cause instanceof Error ? cause.message : "it throws what is no error";
  return new FeedError(code, `The request cannot be made: ${message}`, { attempt, cause });
}

/** What may be tried once more within the same attempt: with a new token, and without the cursor. */
function secondTry(
  error: FeedError,
  options: ResolvedOptions,
  attempt: Attempt,
): Attempt | undefined {
  const { token } = options;
  if (error.status === 401 && typeof token === "function" && attempt.reason !== "unauthorized") {
    return { ...attempt, reason: "unauthorized", error };
  }
  const refused = attempt.lastEventId !== "" && refusesCursor(error.status ?? 0);
  return refused && options.mode === "steady" ? { ...attempt, lastEventId: "", error } : undefined;
}

async function follow(transport: Transport, url: UrlSource, trip: Trip): Promise<Outcome> {
  const { attempt, options, still } = trip;
  still.enter("request", "A url, headers, token or body function has not answered yet.");
  let request: TransportRequest | undefined = await untilAborted(
    makeRequest(url, options, attempt),
    attempt.signal,
  );
  for (let hops = 0; request && !attempt.signal.aborted; hops++) {
    if (hops > maxHops) {
      const facts = { url: request.url.href, attempt: attempt.number };
      throw new FeedError(
        "redirect",
        `More than ${maxHops} redirects, the last to ${facts.url}.`,
        facts,
      );
    }
    const result = await exchange(transport, request, trip);
    // A request that was redirected did reach a server.
    if (result.kind === "failed" && hops > 0) return { ...result, unsent: undefined };
    if (result.kind !== "redirect") return result;
    request = result.request;
  }
  return { kind: "aborted" };
}

/** The value, or `undefined` as soon as the signal aborts: a user's function may never answer. */
function untilAborted<T>(promise: Promise<T>, signal: AbortSignal): Promise<T | undefined> {
  return new Promise((resolve, reject) => {
    const abort = (): void => resolve(undefined);
    if (signal.aborted) abort();
    signal.addEventListener("abort", abort, { once: true });
    promise.then(resolve, reject).finally(() => signal.removeEventListener("abort", abort));
  });
}
