import type { EndReason } from "../session/ending.ts";
import type { SessionCore } from "../session/session-core.ts";
import type { Tally } from "../session/tally.ts";

/** The state of a broker in this process. Counts start when it is created, and only grow. */
export interface BrokerStats {
  /** Open sessions now. */
  readonly sessions: number;
  /** Slow ones among them: their socket is full now. */
  readonly slow: number;
  /** How long the slowest of them has been slow, in milliseconds; 0 without any. */
  readonly lagMs: number;
  /** Sessions that were opened. */
  readonly connects: number;
  /** Sessions that ended, by reason. */
  readonly disconnects: Readonly<Record<EndReason, number>>;
  /** Events that were published in this process and stored. */
  readonly published: number;
  /** Events that were written to readers: counted once for each reader. */
  readonly written: number;
  /** Bytes that were written to readers, with heartbeats and without heads. */
  readonly bytes: number;
  /** Gaps that were reported to readers. */
  readonly gaps: number;
  /** Requests that were answered with 400 or above, by any handler of this broker. */
  readonly refused: number;
}

/** The current numbers. The call visits each session once. */
export function statsOf(
  tally: Tally,
  sessions: ReadonlySet<SessionCore<unknown>>,
  now: number,
): BrokerStats {
  const behind = [...sessions].map((session) => session.behindMs(now)).filter((ms) => ms >= 0);
  const { connects, disconnects, published, written, bytes, gaps, refused } = tally;
  return {
    sessions: sessions.size,
    slow: behind.length,
    lagMs: behind.reduce((most, ms) => Math.max(most, ms), 0),
    connects,
    disconnects: { ...disconnects },
    published,
    written,
    bytes,
    gaps,
    refused,
  };
}
