/**
 * The severity. `fault`: readers lose events, get them late or not at all. `risk`: they will, under the named
 * circumstances. `note`: worth knowing. `ok`: checked, without a problem.
 */
export type Level = "fault" | "risk" | "note" | "ok";

/** The checked property. */
export type CheckName =
  | "connection"
  | "head"
  | "format"
  | "buffering"
  | "compression"
  | "heartbeat"
  | "ids"
  | "resume"
  | "retry"
  | "end"
  | "cors"
  | "preflight"
  | "http"
  | "tls";

/** One finding in words, with the fix. */
export interface Finding {
  readonly check: CheckName;
  readonly level: Level;
  readonly says: string;
  readonly fix?: string;
}

export const ok = (check: CheckName, says: string): Finding => ({ check, level: "ok", says });

export const note = (check: CheckName, says: string, fix?: string): Finding =>
  found(check, "note", says, fix);

export const risk = (check: CheckName, says: string, fix: string): Finding =>
  found(check, "risk", says, fix);

export const fault = (check: CheckName, says: string, fix: string): Finding =>
  found(check, "fault", says, fix);

const found = (check: CheckName, level: Level, says: string, fix?: string): Finding => ({
  check,
  level,
  says,
  ...(fix !== undefined && { fix }),
});
