import { createReadStream } from "node:fs";
import { createInterface } from "node:readline";
import { Failure } from "../core/exit.ts";

/** An event in the form of a line of a file. */
export interface LineEvent {
  readonly type: string | undefined;
  readonly id: string | undefined;
  readonly data: unknown;
  readonly retryMs: number | undefined;
}

/** The lines of a file, or with `-` of standard input. Throws {@link Failure} for a file that cannot be read. */
export async function* linesOf(file: string): AsyncGenerator<string> {
  const input = file === "-" ? process.stdin : createReadStream(file);
  try {
    for await (const line of createInterface({ input, crlfDelay: Infinity })) {
      if (line.trim() !== "") yield line;
    }
  } catch (cause) {
    throw new Failure(`${file} cannot be read: ${(cause as Error).message}.`, undefined, cause);
  }
}

/**
 * The event of a line. An object with `data` is an event, which may have a `type`, an `id` and `retryMs`; any other
 * line is the data of one. `undefined` for a record of `steadfeed tail --json` that is not an event.
 */
export function eventOf(line: string): LineEvent | undefined {
  const value = parse(line);
  if (typeof value !== "object" || value === null || Array.isArray(value)) return dataOnly(line);
  const { kind, data, type, id, retryMs } = value as Partial<Record<string, unknown>>;
  if (data === undefined)
    return kind === undefined || !("at" in value) ? dataOnly(line) : undefined;
  if (kind !== undefined && kind !== "event" && "at" in value) return undefined;
  return {
    data,
    type: typeof type === "string" && type !== "" ? type : undefined,
    id: typeof id === "string" || typeof id === "number" ? String(id) : undefined,
    retryMs: typeof retryMs === "number" ? retryMs : undefined,
  };
}

const dataOnly = (data: string): LineEvent => ({
  data,
  type: undefined,
  id: undefined,
  retryMs: undefined,
});

function parse(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch {
    return undefined;
  }
}
