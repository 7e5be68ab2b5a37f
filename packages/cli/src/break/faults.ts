import type { Cut, Link } from "@steadfeed/client/testing/node";

/** The fault of a connection after it has worked for a while. */
export interface Fault {
  readonly name: string;
  readonly afterMs: number;
  readonly befall: (link: Link) => void;
}

export interface FaultOptions {
  readonly after: number;
  readonly drop?: number | true;
  readonly reset?: number | true;
  readonly stall?: number | true;
  readonly truncate?: Cut | true;
  readonly split?: boolean;
}

/** The requested faults, in the order in which connections meet them. */
export function faultsOf({ after, drop, reset, stall, truncate }: FaultOptions): Fault[] {
  const timeOf = (given: number | true): number => (given === true ? after : given);
  const faults: Fault[] = [];
  if (drop !== undefined) {
    faults.push({ name: "drop", afterMs: timeOf(drop), befall: (link) => link.drop() });
  }
  if (reset !== undefined) {
    faults.push({ name: "reset", afterMs: timeOf(reset), befall: (link) => link.reset() });
  }
  if (truncate !== undefined) {
    const at = truncate === true ? "mid-event" : truncate;
    faults.push({ name: `truncate ${at}`, afterMs: after, befall: (link) => link.truncate(at) });
  }
  if (stall !== undefined) {
    faults.push({ name: "stall", afterMs: timeOf(stall), befall: (link) => link.stall() });
  }
  return faults;
}
