/**
 * The search of the site. A guide answers a question better than the reference or a decision does, so they come first.
 */
export const searchOptions = {
  fuzzy: 0.2,
  prefix: true,
  boost: { title: 4, text: 2, titles: 1 },
  /** @param {string} id */
  boostDocument: (id) =>
    id.startsWith("/decisions/")
      ? 0.1
      : /^\/(reference\/|performance|losses|features)/.test(id)
        ? 0.3
        : 1,
};
