/** The same text for what is the same as JSON, in whatever order the names of an object come. */
export function hash(value: unknown): string {
  return JSON.stringify(value, (_, each: unknown) => {
    if (typeof each !== "object" || !each || Array.isArray(each)) return each;
    const entries = Object.entries(each);
    // oxlint-disable-next-line unicorn/no-array-sort -- older browsers have no toSorted
    return Object.fromEntries(entries.sort(([a], [b]) => (a < b ? -1 : 1)));
  });
}
