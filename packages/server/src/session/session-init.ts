import type { Contract } from "../core/contract.ts";
import type { ResolvedSlow } from "../core/options.ts";
import type { Address } from "../log/log.ts";
import type { ReadRun } from "../log/runs.ts";
import type { Cursor } from "./cursor.ts";
import type { SessionWatcher } from "./ending.ts";
import type { Outlet } from "./outlet.ts";

/** What all sessions of a broker have in common. */
export interface SessionHome<S> {
  readonly watcher: SessionWatcher<S>;
  readonly slow: ResolvedSlow;
  /** A heartbeat on every so many visits; `0`: none. */
  readonly beatEvery: number;
  /** The contract of the streams, if there is one. */
  readonly contract?: Contract | undefined;
}

/** The parts of one session. */
export interface SessionInit<S, State> {
  readonly home: SessionHome<S>;
  readonly outlet: Outlet;
  readonly state: State;
  readonly client?: string | undefined;
  readonly version?: number | undefined;
  readonly streams?: readonly string[] | undefined;
  /** The addresses of its events. */
  readonly places?: readonly Address[] | undefined;
  /** The run that it reads, instead of streams. */
  readonly run?: ReadRun | undefined;
  /** Its position in the log; a single response has none. */
  readonly cursor?: Cursor | undefined;
  /** Whether the reader sent a cursor. */
  readonly resumed?: boolean | undefined;
}
