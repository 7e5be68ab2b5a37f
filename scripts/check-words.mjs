import { readFileSync } from "node:fs";
import { isStarted, packages, readTree, report, root } from "./source.mjs";
import { testNames } from "./test-names.mjs";

/**
 * Phrases that readers stumbled over, and their replacements. Each was found in our own pages.
 *
 * @type {readonly (readonly [RegExp, string])[]}
 */
export const phrases = [
  [/\bat hand\b/i, "say “current”"],
  [/\b(is|are|was|were) over\b(?! \d)/i, "say “closed” or “has ended”"],
  [/\b(is|are|was|were|been|be) told\b/i, "say “reported”, “sent” or who gets it"],
  [/\btold (as|by|of|to)\b/i, "say “reported”"],
  [/\b(stands?|comes?|goes on|resume[sd]?|published) behind\b/i, "say “after”"],
  [
    /\bbehind (its|the|your|this|that|a) (cursor|events?|id|last|newest|data|head|end)\b/i,
    "say “after”",
  ],
  [/\bnot to be had\b/i, "say “unavailable”"],
  [/\bno telling\b/i, "say what is unknown"],
  [/\blets? go of\b/i, "say “drops”, “closes” or “releases”"],
  [/\bwhoever\b/i, "name them: “a reader that …”"],
  [/\b(client|server|reader|feed|process|tab|page|consumer|node|session) who\b/i, "say “that”"],
];

/**
 * Phrases that a test name avoids as well: they hide its subject, or turn a fact into a riddle.
 *
 * @type {readonly (readonly [RegExp, string])[]}
 */
export const namePhrases = [
  [/\bwhat\b/i, "name the thing"],
  [/\b(who|somebody|someone|nobody|everybody)\b/i, "name the reader, client, process or page"],
  [/\btold\b/i, "say “reported”, “notified” or who gets it"],
  [
    /(?<!\b(falls?|fell|far|lags?) )\bbehind (?!nginx|.*compression)/i,
    "say “after”, or “slow” for a reader",
  ],
  [/\bgo(es)? (on|along)\b/i, "say “continues”, “resumes” or “is sent”"],
  [/\bcomes? (again|back)\b/i, "say “is redelivered”, “returns” or “reconnects”"],
  [/\blets? go\b/i, "say “closes”, “drops” or “releases”"],
  [/\bstands? still\b/i, "say “stalls”"],
  [/\b(anew|meanwhile|at hand)\b/i, "say “again”, “in between” or “current”"],
  [/\b(is|are) none\b/i, "say “is not a …”"],
];

/**
 * Where a text uses one of them.
 *
 * @param {string} path
 * @param {string} text
 */
export function checkWords(path, text) {
  return text.split("\n").flatMap((line, at) =>
    phrases.flatMap(([phrase, instead]) => {
      const [found] = phrase.exec(line) ?? [];
      return found === undefined ? [] : [`${path}:${at + 1} says “${found}”: ${instead}.`];
    }),
  );
}

/**
 * Where the name of a test uses one of them.
 *
 * @param {string} path
 * @param {string} text
 */
export const checkNames = (path, text) =>
  testNames(path, text).flatMap(({ line, name }) =>
    [...phrases, ...namePhrases].flatMap(([phrase, instead]) => {
      const [found] = phrase.exec(name) ?? [];
      return found === undefined ? [] : [`${path}:${line} names a test “${found}”: ${instead}.`];
    }),
  );

/**
 * The faults in all texts for people: the pages, the examples, the names of tests, and the comments and messages of the
 * packages.
 *
 * @param {string} folder with a slash at its end
 */
export function checkAllWords(folder) {
  const trees = [
    "docs",
    "examples",
    "demo",
    "bench",
    "test",
    ...packages.map((name) => `packages/${name}/src`),
  ].flatMap((tree) =>
    [".md", ".ts", ".tsx", ".html"].flatMap((end) =>
      Object.entries(readTree(`${folder}${tree}`, end)).map(([path, text]) => [
        `${tree}/${path}`,
        text,
      ]),
    ),
  );
  const pages = [
    "README.md",
    "CONTRIBUTING.md",
    "SECURITY.md",
    ...packages.map((name) => `packages/${name}/README.md`),
  ].map((path) => [path, readFileSync(folder + path, "utf8")]);
  const texts = [...pages, ...trees]
    .filter(([path]) => path !== "test/laws/words.test.ts")
    .flatMap(([path, text]) => checkWords(path, text));
  const names = [".ts", ".tsx"].flatMap((end) =>
    Object.entries(readTree(`${folder}test`, end)).flatMap(([path, text]) =>
      checkNames(`test/${path}`, text),
    ),
  );
  return [...texts, ...names];
}

if (isStarted(import.meta.url))
  report(checkAllWords(root), "Every page, comment and test name uses the words of the glossary.");
