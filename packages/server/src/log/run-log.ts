import type { Address, Draft, Entry, Log } from "./log.ts";

/**
 * Why a run ended. `done`: its producer ended it · `stopped`: `stop` was called · `failed`: its producer failed it ·
 * `lost`: its producer gave no sign of life for the time of its lease, or its broker closed
 */
export type RunEndReason = "done" | "stopped" | "failed" | "lost";

/** How a run ended. */
export interface RunEnd {
  readonly reason: RunEndReason;
  /** For readers, with `failed` and `lost`. */
  readonly message?: string | undefined;
}

/** The facts about a run that every process knows. */
export interface RunRecord {
  readonly id: string;
  /** The address of its events: a new one each time that a run with this id begins. */
  readonly to: Address;
  /** The position just before its first event. */
  readonly begin: string;
  /** How it ended, and the position of its end; left out while it is active. */
  readonly end?: RunEnd | undefined;
  readonly endAt?: string | undefined;
}

/** A run that a session reads. */
export interface ReadRun {
  readonly id: string;
  /** The address of its events. */
  readonly to: Address;
}

/** A producer's claim to a run. */
export interface RunClaim {
  readonly id: string;
  readonly to: Address;
  /** The run outlives the last sign of life of its producer by so many milliseconds. */
  readonly leaseMs: number;
  /** An ended run is kept for so many milliseconds. */
  readonly ttlMs: number;
}

/** The runs of a log. A method that returns `undefined` says that the run no longer belongs to the caller. */
export interface RunTable {
  /** Whether processes share it, so that a producer must renew its lease. */
  readonly shared: boolean;
  /**
   * Begins a run, unless one with its id is active, or (without `anew`) has ended and is kept. `mine`: whether it
   * began.
   */
  begin(
    claim: RunClaim,
    anew: boolean,
  ): Promise<{ readonly record: RunRecord; readonly mine: boolean }>;
  find(id: string): Promise<RunRecord | undefined>;
  /** Appends events as one step. A repeated number returns the ids of the first time. */
  append(
    claim: RunClaim,
    number: number,
    drafts: readonly Draft[],
  ): readonly string[] | undefined | Promise<readonly string[] | undefined>;
  /** Renews the producer's lease. */
  renew(claim: RunClaim): Promise<"running" | "stopping" | undefined>;
  /** Ends it, after all appended events. */
  end(claim: RunClaim, end: RunEnd): Promise<RunEnd | undefined>;
  /** Marks the run to be stopped. Returns whether it is still active; `undefined` for an unknown id. */
  stop(id: string): Promise<boolean | undefined>;
}

/** A log that several processes share knows of their runs, too. */
export interface RunLog extends Log {
  readonly runs: RunTable;
}

/** A new address for a run's events. */
export function runAddress(id: string): Address {
  const [one, two] = crypto.getRandomValues(new Uint32Array(2));
  return `run:${id}/${one!.toString(36)}${two!.toString(36)}`;
}

export const isRun = (to: Address): boolean => to.startsWith("run:");

/**
 * The id of an entry at a position. The id of a run's event also names its run, so that it is a cursor in that run
 * only.
 */
export const idAt = (to: Address, at: string): string => (isRun(to) ? `${at}.${tagOf(to)}` : at);

/** Whether the publisher chose the id. */
export const hasOwnId = ({ to, id, at }: Entry): boolean => id !== idAt(to, at);

/** The position in an id of this run; `undefined` for the id of another one, or for no id. */
export function positionIn(to: Address, id: string): string | undefined {
  const tag = `.${tagOf(to)}`;
  return id.endsWith(tag) ? id.slice(0, -tag.length) : undefined;
}

const tagOf = (to: Address): string => to.slice(to.lastIndexOf("/") + 1);
