import { describe, requireCount } from "../core/check.ts";
import { Contract, requireStream, type StreamContract } from "../core/contract.ts";
import { own } from "../core/own.ts";

/** The options of a run. */
export interface RunOptions<E extends StreamContract = StreamContract> {
  /**
   * The contract of its events, made by `defineStream` of `@steadfeed/contract`: all data is then JSON, and checked
   * when it is published. Default: none, any event.
   */
  readonly events?: E | undefined;
  /** Whether published events are checked by the contract. Invalid without one. Default: `true`. */
  readonly check?: boolean | undefined;
  /** How long an ended run is kept, in milliseconds, an integer ≥ 1. Default: 600 000, ten minutes. */
  readonly ttlMs?: number | undefined;
  /**
   * How long a run outlives the last sign of life of its process, in milliseconds, an integer ≥ 1000; then it has
   * failed. For logs that several processes share. Default: 15 000.
   */
  readonly leaseMs?: number | undefined;
  /**
   * `true` (default): an active run with this id refuses with `run-taken`; an ended one is replaced. `false`: an
   * existing run is joined as a reader.
   */
  readonly exclusive?: boolean | undefined;
}

/** Where a reader of a run starts. */
export interface ReadRunOptions {
  /** Start after the event with this id. Default: from the beginning. */
  readonly lastEventId?: string | undefined;
  /** `false`: only the events kept now, without waiting for more. Default: `true`, to the end of the run. */
  readonly live?: boolean | undefined;
  /** Ends the iteration. */
  readonly signal?: AbortSignal | undefined;
}

interface ResolvedRun {
  readonly ttlMs: number;
  readonly leaseMs: number;
  readonly exclusive: boolean;
  /** The contract of its events, if there is one. */
  readonly contract: Contract | undefined;
}

/** Fills in the defaults. Throws `TypeError` that names the option and the fix. */
export function resolveRun(options: RunOptions): ResolvedRun {
  const given = own("run", options, ["events", "check", "ttlMs", "leaseMs", "exclusive"]);
  const { events, check, ttlMs = 600_000, leaseMs = 15_000, exclusive = true } = given;
  requireCount("ttlMs", ttlMs, 1);
  requireCount("leaseMs", leaseMs, 1000);
  if (typeof exclusive !== "boolean") {
    throw new TypeError(`exclusive must be true or false, not ${describe(exclusive)}.`);
  }
  return { ttlMs, leaseMs, exclusive, contract: contractOf(events, check) };
}

function contractOf(
  events: StreamContract | undefined,
  check: boolean | undefined,
): Contract | undefined {
  if (check !== undefined && typeof check !== "boolean") {
    throw new TypeError(`check must be true or false, not ${describe(check)}.`);
  }
  if (events === undefined) {
    if (check !== undefined)
      throw new TypeError("check needs a contract: give events made by defineStream().");
    return undefined;
  }
  requireStream("events", events);
  return new Contract({ "The run": events }, check ?? true);
}

/** Whether a text can name a run. A lone surrogate cannot, since two of them become equal when encoded. */
export const isRunId = (id: unknown): id is string =>
  typeof id === "string" && id.length > 0 && id.length <= 200 && !/\p{Cs}/u.test(id);
