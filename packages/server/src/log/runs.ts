import type { Address, Draft, Entry, Log } from "./log.ts";

/**
 * Why a run ended. `done`: its producer said so · `stopped`: somebody stopped it · `failed`: its producer said so ·
 * `lost`: its producer was not heard of for the time of its lease, or its broker closed
 */
export type RunEndReason = "done" | "stopped" | "failed" | "lost";

/** How a run ended. */
export interface RunEnd {
  readonly reason: RunEndReason;
  /** For readers, with `failed` and `lost`. */
  readonly message?: string | undefined;
}

/** What is known of a run in every process that shares the log. */
export interface RunRecord {
  readonly id: string;
  /** The address of its events: another one each time that a run of this id begins. */
  readonly to: Address;
  /** The position just before its first event. */
  readonly begin: string;
  /** How it ended, and the position of that; left out while it goes on. */
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
  /** For so long the run outlives the last sign of its producer, in milliseconds. */
  readonly leaseMs: number;
  /** For so long a run that ended is kept, in milliseconds. */
  readonly ttlMs: number;
}

/** The runs of a log. A method that gives `undefined` says that the run is no longer the caller's. */
export interface RunTable {
  /** Whether processes share it, so that a producer must renew its lease. */
  readonly shared: boolean;
  /** Begins a run, unless one of its id goes on, or (without `anew`) has ended and is kept. `mine`: whether it began. */
  begin(
    claim: RunClaim,
    anew: boolean,
  ): Promise<{ readonly record: RunRecord; readonly mine: boolean }>;
  find(id: string): Promise<RunRecord | undefined>;
  /** Appends events as one step. The same number again gives the ids of the first time. */
  append(
    claim: RunClaim,
    number: number,
    drafts: readonly Draft[],
  ): readonly string[] | undefined | Promise<readonly string[] | undefined>;
  /** Says that the producer is there. */
  renew(claim: RunClaim): Promise<"running" | "stopping" | undefined>;
  /** Ends it, after everything that was appended. */
  end(claim: RunClaim, end: RunEnd): Promise<RunEnd | undefined>;
  /** Notes that the run is to stop. Whether it goes on still; `undefined` for none of this id. */
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

/** The id of an entry at a position. That of a run's event names its run too, so that it is a cursor in that run alone. */
export const idAt = (to: Address, at: string): string => (isRun(to) ? `${at}.${tagOf(to)}` : at);

/** Whether the publisher chose the id. */
export const hasOwnId = ({ to, id, at }: Entry): boolean => id !== idAt(to, at);

/** The position in an id of this run; `undefined` for the id of another one, or none at all. */
export function positionIn(to: Address, id: string): string | undefined {
  const tag = `.${tagOf(to)}`;
  return id.endsWith(tag) ? id.slice(0, -tag.length) : undefined;
}

const tagOf = (to: Address): string => to.slice(to.lastIndexOf("/") + 1);
