/** Throws `TypeError` unless the condition holds. */
export function must(holds: boolean, message: string): asserts holds {
  if (!holds) throw new TypeError(message);
}

/** A value as it appears in a message: short, and never throwing. */
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

/** As `shown`, with a text in quotes. */
export const inQuotes = (value: unknown): string =>
  typeof value === "string" ? JSON.stringify(shown(value)) : shown(value);

/** True if the value can be an options object: not a promise, a list or a map. */
export function isOptions(value: unknown): value is object {
  if (typeof value !== "object" || value === null) return false;
  return !(Symbol.iterator in value) && typeof (value as { then?: unknown }).then !== "function";
}
