/**
 * The most similar name, by the pairs of letters that both have: a similarity from 0 to 1. `undefined` if that is less
 * than `least`.
 */
export function nearest(name: string, names: readonly string[], least = 0): string | undefined {
  const pairs = pairsOf(name);
  const likeness = (other: string): number => {
    const others = pairsOf(other);
    return (2 * [...others].filter((pair) => pairs.has(pair)).length) / (others.size + pairs.size);
  };
  const [first] = names.toSorted((a, b) => likeness(b) - likeness(a));
  return first !== undefined && likeness(first) >= least ? first : undefined;
}

/** The pairs of letters in a word, its ends included. */
function pairsOf(word: string): ReadonlySet<string> {
  const text = ` ${word.toLowerCase()} `;
  return new Set(Array.from({ length: text.length - 1 }, (_, at) => text.slice(at, at + 2)));
}
