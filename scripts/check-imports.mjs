import { chainOf, cyclesOf, resolve } from "./graph.mjs";
import { laws } from "./laws.mjs";
import { isStarted, readSources, report } from "./source.mjs";
import { factsOf } from "./syntax.mjs";

/** @import { Graph } from "./graph.mjs" */
/** @import { Law } from "./laws.mjs" */
/** @import { Facts } from "./syntax.mjs" */

/** Names that not every platform defines. */
const platformNames = new Set(
  "process Buffer window document navigator BroadcastChannel require setImmediate Deno Bun".split(
    " ",
  ),
);

/**
 * One sentence for each fault by these laws.
 *
 * @param {Record<string, Record<string, string>>} sources package → path inside `src` → text
 * @param {Record<string, Law>} lawOf package → its law
 */
export const checkImports = (sources, lawOf) =>
  Object.entries(lawOf).flatMap(([name, law]) => checkPackage(name, law, sources[name] ?? {}));

/**
 * The imports that connect the files of a package's walk: `a → b` where a imports b, `?` where nothing connects two.
 *
 * @param {Law} law
 * @param {Record<string, string>} files
 */
export const walkOf = ({ walk = [] }, files) =>
  [walk[0], ...stepsOf(walk, graphOf(readFacts(files))).map(({ chain }) => chain ?? " ?")].join("");

/**
 * From each file of a walk to the next.
 *
 * @param {string[]} walk
 * @param {Graph} graph
 */
const stepsOf = (walk, graph) =>
  walk.slice(1).map((to, index) => {
    const from = walk[index] ?? "";
    const down = chainOf(graph, `${from}.ts`, `${to}.ts`)?.join(" → ");
    const up = chainOf(graph, `${to}.ts`, `${from}.ts`)?.toReversed().join(" ← ");
    return { from, to, chain: (down ?? up)?.slice(`${from}.ts`.length).replaceAll(".ts", "") };
  });

/** @param {Record<string, string>} files */
const readFacts = (files) =>
  new Map(Object.entries(files).map(([path, text]) => [path, factsOf(path, text, platformNames)]));

/**
 * @param {Map<string, Facts>} facts
 * @returns {Graph}
 */
const graphOf = (facts) =>
  new Map(
    [...facts].map(([path, { imports }]) => [
      path,
      imports
        .map(({ specifier = "" }) => resolve(path, specifier))
        .filter((target) => facts.has(target)),
    ]),
  );

/**
 * @param {string} name
 * @param {Law} law
 * @param {Record<string, string>} files
 */
function checkPackage(name, law, files) {
  const read = readFacts(files);
  /** @type {string[]} */
  const sentences = [];
  for (const [path, facts] of read) {
    const say = (/** @type {number} */ line, /** @type {string} */ what) =>
      sentences.push(`packages/${name}/src/${path}:${line} ${what}`);

    if (levelOf(law, path) === -1) {
      say(1, `is on no level: add "${path.slice(0, -3)}" to scripts/laws.mjs, ${name}.levels.`);
    }
    for (const { line } of facts.defaults) say(line, "exports a default: export it by its name.");
    const isProgram = law.starts?.includes(path.slice(0, -".ts".length)) ?? false;
    for (const { line } of isProgram ? [] : facts.restless) {
      say(line, "does work or keeps state when imported: move it into a function or a class.");
    }
    for (const { line, name: which } of facts.names) {
      if (allows(law.platform, which, path)) continue;
      say(
        line,
        `uses ${which}, which not every platform has (scripts/laws.mjs, ${name}.platform).`,
      );
    }
    for (const { line, specifier } of facts.imports) {
      const fault = faultOf(law, name, path, specifier, new Set(read.keys()));
      if (fault) say(line, fault);
    }
  }
  const graph = graphOf(read);
  for (const cycle of cyclesOf(graph)) {
    sentences.push(`packages/${name}/src has an import cycle: ${cycle.join(" → ")}.`);
  }
  for (const { from, to, chain } of stepsOf(law.walk ?? [], graph)) {
    if (chain) continue;
    const end = `no import connects ${from} and ${to} (scripts/laws.mjs, ${name}.walk).`;
    sentences.push(`packages/${name}/src has a broken walk: ${end}`);
  }
  return sentences;
}

/**
 * The fault of one import, if there is one.
 *
 * @param {Law} law
 * @param {string} name
 * @param {string} path
 * @param {string | undefined} specifier
 * @param {Set<string>} known
 */
function faultOf(law, name, path, specifier, known) {
  if (specifier === undefined) return "imports a name made at run time: write it out.";
  if (!specifier.startsWith(".")) {
    if (allows(law.outside, specifier, path)) return undefined;
    return `imports ${specifier}, which ${name} or this file may not (scripts/laws.mjs, ${name}.outside).`;
  }
  const target = resolve(path, specifier);
  if (target.startsWith(".."))
    return `imports ${specifier} from outside its package: import packages by their names.`;
  if (!known.has(target)) return `imports ${specifier}, which does not exist.`;
  if (target.endsWith("index.ts"))
    return `imports ${specifier}: index.ts is for other packages, import the file itself.`;
  const from = entryOf(law, path);
  const to = entryOf(law, target);
  if (from === to) return undefined;
  if (law.apart.includes(to)) return `imports ${specifier}, which is apart: nothing imports it.`;
  const [above, below] = [levelOf(law, path), levelOf(law, target)];
  if (above === -1 || below === -1 || above < below) return undefined;
  const where = above === below ? "beside" : "above";
  return `imports ${specifier}, which is ${where} it: imports go downward (scripts/laws.mjs, ${name}.levels).`;
}

/** @param {Law} law @param {string} path */
const levelOf = (law, path) => law.levels.findIndex((level) => level.includes(entryOf(law, path)));

/**
 * The entry of `levels` that a file falls under: its own name, or its folder's.
 *
 * @param {Law} law
 * @param {string} path
 */
function entryOf(law, path) {
  const file = path.slice(0, -".ts".length);
  const folder = `${file.split("/")[0]}/*`;
  return law.levels.flat().includes(folder) ? folder : file;
}

/**
 * Whether a table of names and files lets this file use the name.
 *
 * @param {Record<string, string[]>} table
 * @param {string} name
 * @param {string} path
 */
function allows(table, name, path) {
  const files = new Set([name, `${name.split(":")[0]}:*`, "*"].flatMap((key) => table[key] ?? []));
  const file = path.slice(0, -".ts".length);
  const [top] = file.split("/");
  const folder = file.slice(0, file.lastIndexOf("/"));
  return ["*", file, `${top}/*`, `${folder}/*`].some((each) => files.has(each));
}

if (isStarted(import.meta.url)) {
  const sources = readSources();
  const count = Object.values(sources).flatMap(Object.keys).length;
  report(checkImports(sources, laws), `Imports of ${count} files: all downward.`);
  for (const [name, law] of Object.entries(laws)) {
    if (law.walk) console.log(`The walk through the ${name}: ${walkOf(law, sources[name] ?? {})}`);
  }
}
