type Count = (length: number, args: number[]) => number;

/** How many elements each array method moves or looks at, at most. */
const costs: Readonly<Record<string, Count>> = {
  shift: (length) => length,
  unshift: (length) => length,
  concat: (length) => length,
  filter: (length) => length,
  splice: (length, [at = 0]) => length - at,
  slice: (length, [from = 0, to = length]) => to - from,
  indexOf: (length, [, from = 0]) => length - from,
  copyWithin: (length, [, from = 0, to = length]) => to - from,
};

/** What an operation costs, counted instead of timed: the elements of arrays that were moved or looked at meanwhile. */
export async function countMoves(run: () => unknown): Promise<number> {
  let moves = 0;
  const prototype = Array.prototype as unknown as Record<string, (...args: never[]) => unknown>;
  const originals = Object.entries(costs).map(([name, cost]) => ({
    name,
    cost,
    original: prototype[name]!,
  }));
  for (const { name, cost, original } of originals) {
    prototype[name] = function counted(this: unknown[], ...args: never[]) {
      moves += cost(this.length, args);
      return original.apply(this, args);
    };
  }
  try {
    await run();
  } finally {
    for (const { name, original } of originals) prototype[name] = original;
  }
  return moves;
}
