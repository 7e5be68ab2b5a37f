/** In a browser's production build an error says which sentence of `words.ts` is meant, and its facts. */
export const say: typeof import("./words.ts").say = (key, ...facts) =>
  `${key} ${JSON.stringify(facts).slice(0, 300)}`;
