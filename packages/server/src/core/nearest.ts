/** The name that is most alike, if it is at least so much alike: from 0 to 1, by the pairs of letters that they share. */
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
