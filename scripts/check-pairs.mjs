import { isStarted, packages, readSources, readTree, report, root } from "./source.mjs";
import { factsOf } from "./syntax.mjs";

/** A source file over this many lines says in docs/decisions/ why it is. */
const maxLines = 250;

/**
 * Every sentence about sources without a test, tests without a source, and long files without a reason.
 *
 * @param {Record<string, Record<string, string>>} sources package → path inside `src` → text
 * @param {string[]} tests paths inside `test`
 * @param {string} decisions the text of docs/decisions/
 */
export function checkPairs(sources, tests, decisions) {
  const known = new Set(tests);
  return packages.flatMap((name) => {
    const files = sources[name] ?? {};
    const untested = Object.keys(files)
      .filter((path) => needsTest(path, files[path] ?? "") && !known.has(testOf(name, path)))
      .map((path) => `packages/${name}/src/${path} has no test: write test/${testOf(name, path)}.`);
    const paired = new Set(Object.keys(files).map((path) => testOf(name, path)));
    const unpaired = tests
      .filter((path) => path.startsWith(`${name}/`) && !paired.has(withoutAspect(path)))
      .map(
        (path) =>
          `test/${path} pairs no source file: name it after one, or move it out of test/${name}/.`,
      );
    const long = Object.entries(files)
      .filter(
        ([path, text]) => linesOf(text) > maxLines && !decisions.includes(`${name}/src/${path}`),
      )
      .map(
        ([path, text]) =>
          `packages/${name}/src/${path} has ${linesOf(text)} lines: split it, or say in docs/decisions/ why not, by its path.`,
      );
    return untested.concat(unpaired, long);
  });
}

/** `feed.model.test.ts` is one more test of `feed.ts`. @param {string} path */
const withoutAspect = (path) => path.replace(/\.\w+(\.test\.ts)$/, "$1");

/** @param {string} name @param {string} path */
const testOf = (name, path) => `${name}/${path.replace(/\.ts$/, ".test.ts")}`;

/** Doors do nothing by themselves, and types are gone when a test runs. @param {string} path @param {string} text */
const needsTest = (path, text) => !/(^|\/)index\.ts$/.test(path) && !factsOf(path, text).onlyTypes;

/** @param {string} text */
const linesOf = (text) => text.trimEnd().split("\n").length;

if (isStarted(import.meta.url)) {
  const tests = Object.keys(readTree(`${root}test`, ".test.ts"));
  const decisions = Object.values(readTree(`${root}docs/decisions`, ".md")).join("\n");
  report(checkPairs(readSources(), tests, decisions), "Sources and tests are paired.");
}
