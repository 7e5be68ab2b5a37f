/** A text that is the same for equal JSON values, whatever the order of their property names. */
export function canonical(value: unknown): string {
  return JSON.stringify(value, (_, each: unknown) => {
    if (typeof each !== "object" || !each || Array.isArray(each)) return each;
    const entries = Object.entries(each);
    // oxlint-disable-next-line unicorn/no-array-sort -- older browsers have no toSorted
    return Object.fromEntries(entries.sort(([a], [b]) => (a < b ? -1 : 1)));
  });
}
