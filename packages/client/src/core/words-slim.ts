/** In a browser's production build a message is the key of the sentence in `words.ts`, and its facts. */
export const say: typeof import("./words.ts").say = (key, ...facts) =>
  `${key} ${JSON.stringify(facts).slice(0, 300)}`;
