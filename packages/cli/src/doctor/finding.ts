/**
 * How bad it is. `fault`: readers lose events, get them late or not at all. `risk`: they will, under circumstances that
 * it names. `note`: worth knowing. `ok`: looked at, and fine.
 */
export type Level = "fault" | "risk" | "note" | "ok";

/** What was looked at. */
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

/** One thing that was found, in words, and what to do about it. */
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
