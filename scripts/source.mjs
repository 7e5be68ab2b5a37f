import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join, resolve, sep } from "node:path";
import { fileURLToPath } from "node:url";

/** The folder of the repository, with a slash at its end. */
export const root = fileURLToPath(new URL("..", import.meta.url));

/** The packages, in the order of their dependencies. */
export const packages = [
  "parser",
  "contract",
  "client",
  "server",
  "cli",
  "eventsource",
  "fetch-event-source",
];

/**
 * The files under a folder whose names end so: path (with forward slashes) → text. A missing folder has none.
 *
 * @param {string} folder
 * @param {string} ending
 * @returns {Record<string, string>}
 */
export function readTree(folder, ending) {
  const paths = list(folder).filter((path) => path.endsWith(ending));
  return Object.fromEntries(
    paths
      .toSorted()
      .map((path) => [path.replaceAll(sep, "/"), readFileSync(join(folder, path), "utf8")]),
  );
}

/** The paths of the files under a folder, except in node_modules. @param {string} folder @returns {string[]} */
function list(folder) {
  if (!existsSync(folder)) return [];
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    if (entry.name === "node_modules") return [];
    if (!entry.isDirectory()) return [entry.name];
    return list(join(folder, entry.name)).map((path) => join(entry.name, path));
  });
}

/**
 * The sources of every package: package → path inside `src` → text.
 *
 * @returns {Record<string, Record<string, string>>}
 */
export const readSources = () =>
  Object.fromEntries(
    packages.map((name) => [name, readTree(`${root}packages/${name}/src`, ".ts")]),
  );

/**
 * Prints the faults that a law has found and makes this process fail; without faults it prints that all is well.
 *
 * @param {string[]} sentences
 * @param {string} allWell
 */
export function report(sentences, allWell) {
  for (const sentence of sentences) console.error(sentence);
  if (sentences.length > 0) process.exitCode = 1;
  else console.log(allWell);
}

/**
 * Whether Node was started with the file of this `import.meta.url`.
 *
 * @param {string} url
 */
export const isStarted = (url) => resolve(process.argv[1] ?? "") === fileURLToPath(url);
