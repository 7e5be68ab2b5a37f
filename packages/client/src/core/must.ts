/** Throws `TypeError` where something does not hold. */
export function must(holds: boolean, message: string): asserts holds {
  if (!holds) throw new TypeError(message);
}

/** A value as a message shows it: short, and whatever it is. */
export function shown(value: unknown): string {
  if (typeof value === "string" && value.length > 100) return `${value.slice(0, 100)}…`;
  if (typeof value === "function") return "a function";
  if (typeof value !== "object" || value === null) return String(value);
  try {
    return Object.prototype.toString.call(value);
  } catch {
    return "an object that cannot be read";
  }
}

/** Whether it may hold options: not a promise of them, nor a list or a map. */
export function isOptions(value: unknown): value is object {
  if (typeof value !== "object" || value === null) return false;
  return !(Symbol.iterator in value) && typeof (value as { then?: unknown }).then !== "function";
}
