/**
 * The own properties of a user's object, so that a changed `Object.prototype` adds none. Throws `TypeError` for a value
 * that is not an object, and for an unknown name.
 */
export function own<T extends object>(
  what: string,
  given: T,
  names: readonly (keyof T & string)[],
): Partial<T> {
  if (typeof given !== "object" || given === null) {
    throw new TypeError(`${what} must be an object, not ${String(given)}.`);
  }
  const read = Object.create(null) as Partial<T>;
  for (const [name, value] of Object.entries(given) as [keyof T & string, T[keyof T]][]) {
    if (value === undefined) continue;
    if (!names.includes(name)) throw new TypeError(unknown(what, name, names));
    read[name] = value as T[keyof T & string];
  }
  return read;
}

const unknown = (what: string, name: string, names: readonly string[]): string =>
  `${what} has no ${name}: did you mean ${nearest(name, names)}? It has ${names.join(", ")}.`;

function nearest(name: string, names: readonly string[]): string {
  const pairs = pairsOf(name);
  const likeness = (other: string): number =>
    [...pairsOf(other)].filter((pair) => pairs.has(pair)).length / (other.length + name.length);
  return names.toSorted((a, b) => likeness(b) - likeness(a))[0]!;
}

/** The pairs of letters in a word, its ends included. */
function pairsOf(word: string): ReadonlySet<string> {
  const text = ` ${word.toLowerCase()} `;
  return new Set(Array.from({ length: text.length - 1 }, (_, at) => text.slice(at, at + 2)));
}
