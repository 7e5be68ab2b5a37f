import type { Contract } from "../core/contract.ts";
import type { ResolvedSlow } from "../core/options.ts";
import type { Address } from "../log/log.ts";
import type { ReadRun } from "../log/run-log.ts";
import type { Cursor } from "./cursor.ts";
import type { SessionWatcher } from "./ending.ts";
import type { Outlet } from "./outlet.ts";

/** The parts that all sessions of a broker share. */
export interface SharedBySessions<S> {
  readonly watcher: SessionWatcher<S>;
  readonly slow: ResolvedSlow;
  /** A heartbeat on every so many visits; `0`: none. */
  readonly beatEvery: number;
  /** The contract of the streams, if there is one. */
  readonly contract?: Contract | undefined;
}

/** The parts of one session. */
export interface SessionInit<S, State> {
  readonly shared: SharedBySessions<S>;
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
