import { canonical } from "./canonical.ts";
import { shown } from "./must.ts";

/** The checked parts of a component's request for a feed. */
export interface Checked {
  readonly source: unknown;
  readonly id: unknown;
  /** The options that are the feed's. */
  readonly options: object;
  readonly history: number;
  readonly lingerMs: number;
  readonly update: string | undefined;
  readonly latestBy?: unknown;
  readonly onEvent?: unknown;
  /** A component with different options was already reported. */
  isReported?: boolean;
}

/** Throws `TypeError` for an invalid value. */
export function checkShown({
  history,
  lingerMs,
  update,
  ...functions
}: Pick<Checked, "history" | "lingerMs" | "update" | "latestBy" | "onEvent">): void {
  if (!Number.isSafeInteger(history) || history < 0)
    throw new TypeError(`history must be an integer ≥ 0, not ${shown(history)}.`);
  if (typeof lingerMs !== "number" || !(lingerMs >= 0))
    throw new TypeError(`lingerMs must be a number ≥ 0, not ${shown(lingerMs)}.`);
  if (update !== "frame" && update !== "turn")
    throw new TypeError(`update must be 'frame' or 'turn', not ${shown(update)}.`);
  for (const name of ["latestBy", "onEvent"] as const) {
    const given = functions[name];
    if (given === undefined || typeof given === "function") continue;
    throw new TypeError(`${name} must be a function, not ${shown(given)}: leave it out for none.`);
  }
}

/** Warns, once per key, if a component gives the feed other options than the first component did. */
export function checkSameOptions(first: Checked, now: Checked): void {
  if (first.isReported) return;
  const names = Object.keys({ ...first.options, ...now.options });
  const differing = names.filter((name) => textOf(first, name) !== textOf(now, name));
  if (String(first.source) !== String(now.source)) differing.unshift("URL");
  if (differing.length === 0) return;
  first.isReported = true;
  console.warn(
    `Two components, or two renders of one, share the feed ${String(now.id)}, and give it different options: ` +
      `${differing.join(", ")}. It keeps the first. Put what varies into the URL or the key.`,
  );
}

/** A comparable text of an option. Functions and class instances can't be compared, so only their presence counts. */
function textOf({ options }: Checked, name: string): string {
  const value: unknown = options[name as never];
  if (typeof value === "function") return "function";
  const isPlain =
    Object(value) !== value || [Object, Array].includes((value as object).constructor as never);
  return isPlain ? canonical(value) : String(value);
}
