import type { EndReason } from "../session/ending.ts";
import type { SessionCore } from "../session/session-core.ts";
import type { Tally } from "../session/tally.ts";

/** How a broker fares, in this process. Counts are since it was made, and only grow. */
export interface BrokerStats {
  /** Open sessions now. */
  readonly sessions: number;
  /** Those of them whose reader is behind now: their socket is full. */
  readonly slow: number;
  /** For how long the slowest of them has been behind, in milliseconds; 0 without any. */
  readonly lagMs: number;
  /** Sessions that were opened. */
  readonly connects: number;
  /** Sessions that ended, by the reason. */
  readonly disconnects: Readonly<Record<EndReason, number>>;
  /** Events that were published in this process and kept. */
  readonly published: number;
  /** Events that were written to readers: one for each reader. */
  readonly written: number;
  /** Bytes that were written to readers, heartbeats included and heads not. */
  readonly bytes: number;
  /** Gaps that were reported to readers. */
  readonly gaps: number;
}

/** The numbers of now. It looks at each session once. */
export function statsOf(
  tally: Tally,
  sessions: ReadonlySet<SessionCore<unknown>>,
  now: number,
): BrokerStats {
  const behind = [...sessions].map((session) => session.behindMs(now)).filter((ms) => ms >= 0);
  const { connects, disconnects, published, written, bytes, gaps } = tally;
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
  };
}
