import { describe } from "../core/check.ts";
import { ServerError } from "../core/errors.ts";
import type { ProfileName } from "../core/options.ts";
import type { HeaderFields, Sink } from "../core/sink.ts";
import type { RunPlace } from "../run/place.ts";
import type { Admission, StreamRequest } from "../session/admit.ts";
import { isName } from "./names.ts";

/** The facts about an admitted reader. */
export interface Arrival<State> {
  readonly sink: Sink;
  readonly request: StreamRequest;
  readonly admission: Admission<State>;
  /** The cursor that the reader sent; empty for none. */
  readonly lastEventId: string;
  readonly profile: ProfileName;
  readonly headers: HeaderFields;
  /** The run that it reads, instead of streams. */
  readonly run?: RunPlace | undefined;
}

/** The year 1973. A time in seconds stays below it until the year 5138. */
const leastMs = 100_000_000_000;

export function requireFuture(expiresAt: number | undefined): void {
  if (expiresAt === undefined) return;
  if (typeof expiresAt !== "number" || Number.isNaN(expiresAt)) {
    throw new TypeError(`expiresAt must be milliseconds since 1970, not ${describe(expiresAt)}.`);
  }
  if (expiresAt > 0 && expiresAt < leastMs) {
    throw new TypeError(
      `expiresAt must be milliseconds since 1970: ${expiresAt} are seconds, multiply them by 1000.`,
    );
  }
  if (expiresAt <= Date.now()) throw new ServerError("unauthorized", "Your admission has expired.");
}

/** A client with a name that `send` cannot address would never get an event. */
export function requireClient(client: unknown): void {
  if (client === undefined || isName(client)) return;
  throw new TypeError(`client must be a string of 1 to 256 characters, not ${describe(client)}.`);
}

/** Too long for one of our ids. It is cut and marked, so that the rest cannot equal a valid id. */
export const bounded = (claim: string, chars: number): string =>
  claim.length <= chars ? claim : `${claim.slice(0, chars)}…`;
