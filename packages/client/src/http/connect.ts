import { FeedError, transportError } from "../core/errors.ts";
import { exchange, type Observer } from "./exchange.ts";
import type { Attempt, ResolvedOptions } from "../core/options.ts";
import type { Outcome } from "./policy.ts";
import { makeRequest, type UrlSource } from "./request.ts";
import type { Transport, TransportRequest } from "./transport.ts";

const maxHops = 20;

/** Answers that say no to a cursor, where one was sent. r3labs' servers say 400 to each that is no number. */
const cursorRefused: ReadonlySet<number | undefined> = new Set([400, 409, 410, 412, 416]);

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
  try {
    let current = attempt;
    let watching = observer;
    while (!attempt.signal.aborted) {
      const outcome = await follow(transport, url, options, current, watching);
      const again =
        outcome.kind === "failed" ? secondTry(outcome.error, options, current) : undefined;
      if (!again) return outcome;
      if (again.lastEventId !== attempt.lastEventId) watching = refusing(attempt, observer);
      current = again;
    }
    return { kind: "aborted" };
  } catch (error) {
    if (attempt.signal.aborted) return { kind: "aborted" };
    const known = error instanceof FeedError;
    return {
      kind: "failed",
      error: known ? error : transportError(error, { attempt: attempt.number }),
    };
  }
}

/** Tells that the cursor was refused once it is sure: when the stream opens without. */
function refusing({ lastEventId }: Attempt, observer: Observer): Observer {
  return {
    ...observer,
    open(...given) {
      observer.refused(lastEventId);
      observer.open(...given);
    },
  };
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
  const refused = attempt.lastEventId !== "" && cursorRefused.has(error.status);
  return refused && options.mode === "steady" ? { ...attempt, lastEventId: "", error } : undefined;
}

async function follow(
  transport: Transport,
  url: UrlSource,
  options: ResolvedOptions,
  attempt: Attempt,
  observer: Observer,
): Promise<Outcome> {
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
    const result = await exchange(transport, request, options, attempt, observer);
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
