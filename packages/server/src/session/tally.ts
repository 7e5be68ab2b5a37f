import type { Draft, Entry } from "../log/log.ts";
import type { EndReason } from "./ending.ts";
import type { Session } from "./session.ts";

/** Receives the counted steps as they happen: for handlers, whose platform has a place for it. */
export interface Trace {
  opened(session: Session, resumed: boolean): void;
  ended(session: Session, reason: EndReason): void;
  published(draft: Draft): void;
  wrote(events: number, bytes: number): void;
  gap(entry: Entry): void;
}

/** The counts of a broker since its creation. Numbers only: a count costs an addition. */
export class Tally {
  /** Set by the first handler whose platform has diagnostics channels. */
  trace: Trace | undefined;
  connects = 0;
  published = 0;
  written = 0;
  bytes = 0;
  gaps = 0;
  refused = 0;
  readonly disconnects: Record<EndReason, number> = {
    client: 0,
    server: 0,
    slow: 0,
    replaced: 0,
    removed: 0,
    expired: 0,
    shutdown: 0,
    ended: 0,
    error: 0,
  };

  opened(session: Session, resumed: boolean): void {
    this.connects++;
    this.trace?.opened(session, resumed);
  }

  ended(session: Session, reason: EndReason): void {
    this.disconnects[reason]++;
    this.trace?.ended(session, reason);
  }

  keep(draft: Draft): void {
    this.published++;
    this.trace?.published(draft);
  }

  wrote(events: number, bytes: number): void {
    this.written += events;
    this.bytes += bytes;
    this.trace?.wrote(events, bytes);
  }

  gap(entry: Entry): void {
    this.gaps++;
    this.trace?.gap(entry);
  }
}
