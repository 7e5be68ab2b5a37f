/** Throws a `TypeError` that names the option and its range. */
export function requireCount(
  name: string,
  value: unknown,
  least: number,
  most: number = Number.MAX_SAFE_INTEGER,
): number {
  if (Number.isSafeInteger(value) && (value as number) >= least && (value as number) <= most) {
    return value as number;
  }
  throw new TypeError(
    `${name} must be an integer from ${least} to ${most}, not ${describe(value)}.`,
  );
}

/** Throws a `TypeError` that names the option and its valid values. */
export function requireOneOf<T extends string>(name: string, value: T, allowed: readonly T[]): T {
  if (allowed.includes(value)) return value;
  throw new TypeError(`${name} must be one of ${allowed.join(", ")}, not ${describe(value)}.`);
}

/** Throws a `TypeError` that names the option. */
export function requireFunction(name: string, value: unknown): void {
  if (typeof value === "function") return;
  throw new TypeError(`${name} must be a function, not ${describe(value)}.`);
}

/** Throws `TypeError` for a value that is not a broker. */
export function requireBroker(name: string, value: unknown): void {
  const { connect, publish } = Object(value) as { connect?: unknown; publish?: unknown };
  if (typeof connect === "function" && typeof publish === "function") return;
  throw new TypeError(
    `${name} takes a Broker, not ${describe(value)}. If it is a promise, await it.`,
  );
}

export const isTexts = (value: unknown): value is readonly string[] =>
  Array.isArray(value) && value.every((each) => typeof each === "string");

/** A value as an error message shows it: short, and whatever it is. */
export function describe(value: unknown): string {
  if (typeof value === "string")
    return JSON.stringify(value.length > 100 ? `${value.slice(0, 100)}…` : value);
  if (typeof value !== "object" || value === null) return String(value).slice(0, 100);
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
