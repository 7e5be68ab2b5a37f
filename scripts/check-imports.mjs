import { isStarted, readSources, report } from "./source.mjs";
import { factsOf } from "./syntax.mjs";

/**
 * @typedef {object} Law
 * @property {string[][]} levels From the top. A file imports what stands on a line below its own, and nothing else.
 *   `name/*` is a folder, whose files may see each other.
 * @property {string[]} apart Files that no other file imports; they are doors of their own, or there for tests.
 * @property {Record<string, string[]>} outside What may be imported from outside `src`, and by which files.
 * @property {Record<string, string[]>} platform Names that only some platforms have, and the files where they may stand.
 */

/** `*` stands for every file. @type {Record<string, Law>} */
export const laws = {
  parser: {
    levels: [
      ["index"],
      ["stream", "read"],
      ["parser"],
      ["utf8", "block", "tail", "empty", "options"],
      ["errors", "event", "encode"],
    ],
    apart: ["encode"],
    outside: { "eventsource-parser": ["parser", "block"] },
    platform: {},
  },
  client: {
    levels: [
      ["index"],
      ["testing/*", "react"],
      ["react/*"],
      ["client", "eventsource", "shared", "shared/*"],
      ["feed/*"],
      ["delivery/*", "http/*"],
      ["core/*"],
    ],
    apart: ["testing/*", "react"],
    outside: {
      react: ["react"],
      "@steadfeed/parser": ["*"],
      "#transport": ["feed/feed", "http/connect"],
      undici: ["http/transport-undici", "http/connector"],
      "node:*": ["http/transport-undici", "http/connector", "http/decompress", "testing/*"],
    },
    platform: {
      "*": ["http/transport-undici", "http/connector", "http/decompress", "testing/*"],
      window: ["feed/page"],
      document: ["feed/page", "shared/tabs"],
      BroadcastChannel: ["shared/tabs"],
      navigator: ["feed/page", "shared/tabs", "http/transport-fetch"],
    },
  },
  server: {
    levels: [
      ["index"],
      ["node", "web", "publish"],
      ["http/*"],
      ["broker/*"],
      ["session/*"],
      ["redis", "redis/*"],
      ["log/*"],
      ["core/*"],
    ],
    apart: ["redis/*"],
    outside: {
      "@steadfeed/parser/encode": ["*"],
      "@redis/client": ["redis", "redis/*"],
      "node:*": ["node", "http/node-sink", "http/node-exchange", "web", "publish"],
    },
    platform: {
      "*": ["node", "http/node-sink", "web", "publish"],
      setImmediate: ["core/turn"],
    },
  },
};

/** Names of which only some platforms know the thing. */
const platformNames = new Set(
  "process Buffer window document navigator BroadcastChannel require setImmediate Deno Bun".split(
    " ",
  ),
);

/**
 * Every sentence that the import law has to say about these sources.
 *
 * @param {Record<string, Record<string, string>>} sources package → path inside `src` → text
 */
export const checkImports = (sources) =>
  Object.entries(laws).flatMap(([name, law]) => checkPackage(name, law, sources[name] ?? {}));

/**
 * @param {string} name
 * @param {Law} law
 * @param {Record<string, string>} files
 */
function checkPackage(name, law, files) {
  const known = new Set(Object.keys(files));
  /** @type {Map<string, string[]>} */
  const graph = new Map();
  /** @type {string[]} */
  const sentences = [];
  for (const [path, text] of Object.entries(files)) {
    const say = (/** @type {number} */ line, /** @type {string} */ what) =>
      sentences.push(`packages/${name}/src/${path}:${line} ${what}`);
    const facts = factsOf(path, text, platformNames);

    if (levelOf(law, path) === -1) {
      const place = `scripts/check-imports.mjs, laws.${name}.levels`;
      say(1, `has no place yet: add "${path.slice(0, -".ts".length)}" to ${place}.`);
    }
    for (const { line } of facts.defaults) say(line, "exports a default: export it by its name.");
    for (const { line } of facts.restless) {
      say(
        line,
        "works or keeps state when it is merely imported: move it into a function or a class.",
      );
    }
    for (const { line, name: which } of facts.names) {
      if (!allows(law.platform, which, path)) {
        say(
          line,
          `says ${which}, which not every platform has: it has its rooms (laws.${name}.platform).`,
        );
      }
    }
    for (const { line, specifier } of facts.imports) {
      const target = specifier?.startsWith(".") ? inside(path, specifier) : undefined;
      if (target !== undefined && known.has(target)) {
        graph.set(path, [...(graph.get(path) ?? []), target]);
      }
      const fault = faultOf(law, name, path, specifier, target, known);
      if (fault) say(line, fault);
    }
  }
  return [...sentences, ...cycles(name, graph)];
}

/**
 * What is wrong with one import, if anything is.
 *
 * @param {Law} law
 * @param {string} name
 * @param {string} path
 * @param {string | undefined} specifier
 * @param {string | undefined} target
 * @param {Set<string>} known
 */
function faultOf(law, name, path, specifier, target, known) {
  if (specifier === undefined) return "imports what is only known at run time: write the name out.";
  if (target === undefined) {
    if (allows(law.outside, specifier, path)) return undefined;
    return `imports ${specifier}, which ${name} may not, or not here (laws.${name}.outside).`;
  }
  if (target.startsWith(".."))
    return `imports ${specifier} out of its package: packages meet at their doors.`;
  if (!known.has(target)) return `imports ${specifier}, which is not there.`;
  if (target.endsWith("index.ts"))
    return `imports ${specifier}: index.ts is a door for others, nothing inside goes through it.`;
  const from = placeOf(law, path);
  const to = placeOf(law, target);
  if (from === to) return undefined;
  if (law.apart.includes(to))
    return `imports ${specifier}, which stands apart: nothing imports it.`;
  const [above, below] = [levelOf(law, path), levelOf(law, target)];
  if (above === -1 || below === -1 || above < below) return undefined;
  const beside = above === below ? "beside" : "above";
  return `imports ${specifier}, which stands ${beside} it: imports go downward (laws.${name}.levels).`;
}

/** @param {Law} law @param {string} path */
const levelOf = (law, path) => law.levels.findIndex((level) => level.includes(placeOf(law, path)));

/**
 * The entry of the table that a file falls under: its own name, or its folder's.
 *
 * @param {Law} law
 * @param {string} path
 */
function placeOf(law, path) {
  const file = path.slice(0, -".ts".length);
  const folder = `${file.split("/")[0]}/*`;
  return law.levels.flat().includes(folder) ? folder : file;
}

/**
 * Whether a table of names and rooms lets this file use the name.
 *
 * @param {Record<string, string[]>} table
 * @param {string} name
 * @param {string} path
 */
function allows(table, name, path) {
  const rooms = new Set([name, `${name.split(":")[0]}:*`, "*"].flatMap((key) => table[key] ?? []));
  const file = path.slice(0, -".ts".length);
  return ["*", file, `${file.split("/")[0]}/*`].some((room) => rooms.has(room));
}

/** A relative specifier as a path inside `src`; it starts with `..` when it leaves. */
function inside(/** @type {string} */ path, /** @type {string} */ specifier) {
  const parts = path.split("/").slice(0, -1);
  for (const part of specifier.split("/")) {
    if (part === ".." && parts.length > 0 && parts.at(-1) !== "..") parts.pop();
    else if (part !== ".") parts.push(part);
  }
  return parts.join("/");
}

/**
 * One sentence per import cycle.
 *
 * @param {string} name
 * @param {Map<string, string[]>} graph
 */
function cycles(name, graph) {
  /** @type {string[]} */
  const sentences = [];
  const done = new Set();
  /** @param {string} path @param {string[]} trail */
  const follow = (path, trail) => {
    if (trail.includes(path)) {
      const round = [...trail.slice(trail.indexOf(path)), path];
      sentences.push(`packages/${name}/src imports in a circle: ${round.join(" → ")}.`);
      return;
    }
    if (done.has(path)) return;
    for (const next of graph.get(path) ?? []) follow(next, [...trail, path]);
    done.add(path);
  };
  for (const path of graph.keys()) follow(path, []);
  return sentences;
}

if (isStarted(import.meta.url)) {
  const sources = readSources();
  const count = Object.values(sources).flatMap(Object.keys).length;
  report(checkImports(sources), `Imports of ${count} files: all downward.`);
}
