import { readFileSync } from "node:fs";
import { createRequire } from "node:module";

/** @typedef {readonly [chrome: number, firefox: number, safari: number]} Since The first versions that have something. */

/** What built files use, by the name that `platform.mjs` gives it, and where MDN's data has it. The build aims at ES2023. */
const paths = {
  "?.": "javascript.operators.optional_chaining",
  "??": "javascript.operators.nullish_coalescing",
  "??=, ||=, &&=": "javascript.operators.nullish_coalescing_assignment",
  "catch without a name": "javascript.statements.try_catch.optional_catch_binding",
  "private fields": "javascript.classes.private_class_fields",
  "private methods": "javascript.classes.private_class_methods",
  "public fields": "javascript.classes.public_class_fields",
  "static blocks": "javascript.classes.static.initialization_blocks",
  addEventListener: "api.EventTarget.addEventListener",
  arguments: "javascript.functions.arguments",
  ".any": "api.AbortSignal.any_static",
  ".asyncIterator": "javascript.builtins.Symbol.asyncIterator",
  ".at": "javascript.builtins.Array.at",
  ".cancelAnimationFrame": "api.Window.cancelAnimationFrame",
  ".findLast": "javascript.builtins.Array.findLast",
  ".findLastIndex": "javascript.builtins.Array.findLastIndex",
  ".fromEntries": "javascript.builtins.Object.fromEntries",
  ".hasOwn": "javascript.builtins.Object.hasOwn",
  ".onLine": "api.Navigator.onLine",
  ".persisted": "api.PageTransitionEvent.persisted",
  ".randomUUID": "api.Crypto.randomUUID",
  ".requestAnimationFrame": "api.Window.requestAnimationFrame",
};

/** Those that came late, or that some browsers had late. */
export const features = Object.keys(paths);

/** The global names that built files may use. */
const globals = [
  "AbortController AbortSignal Array ArrayBuffer Boolean DOMException Date Error Event EventTarget Headers Infinity JSON",
  "Map Math MessageEvent NaN Number Object Promise ReadableStream ReferenceError RegExp Response Set String Symbol",
  "TextDecoder TextEncoder TransformStream TypeError URL URLSearchParams Uint8Array atob btoa clearInterval clearTimeout",
  "console crypto document encodeURIComponent fetch globalThis location navigator performance queueMicrotask setInterval",
  "setTimeout WeakRef",
]
  .join(" ")
  .split(" ");

/** What built files may ask of a browser. A name that is not here fails the check: a door must not need more without anybody noticing. */
export const allowed = new Set([...features, ...globals]);

/** What is used where it is there, and not needed. */
export const optional = new Set([
  // Without them a SharedFeed is a Feed.
  "BroadcastChannel",
  ".locks",
  // Of Node, and of libraries of observables.
  "Buffer",
  ".observable",
  // `await using`: a member by another name where they are not there.
  ".asyncDispose",
  ".dispose",
  // An option that old browsers do not read: the message says the same.
  ".cause",
  // A page sets it, for a tool.
  "steadfeedHook",
]);

/** Members that came after ES2018, or that some browsers had late. A name that is as common as `with` can't be told from others. */
export const members = new Set(
  [...allowed, ...optional]
    .filter((name) => name.startsWith("."))
    .map((name) => name.slice(1))
    .concat(
      "allSettled any findLast flatMap fromAsync getOrInsert getSetCookie groupBy isWellFormed matchAll replaceAll".split(
        " ",
      ),
      "toReversed toSorted toSpliced toWellFormed trimStart trimEnd withResolvers toBase64 fromBase64 toHex fromHex".split(
        " ",
      ),
      "isSubsetOf timeout byob encodeInto description".split(" "),
    ),
);

const data = JSON.parse(
  readFileSync(createRequire(import.meta.url).resolve("@mdn/browser-compat-data"), "utf8"),
);

/**
 * Since when Chrome, Firefox and Safari have something, by MDN's data.
 *
 * @param {string} name
 * @returns {Since}
 */
export function sinceOf(name) {
  const path = /** @type {Record<string, string>} */ (paths)[name];
  const candidates = path
    ? [path]
    : [`javascript.builtins.${name}`, `api.${name}`, `api.Window.${name}`];
  const support = candidates.map(supportAt).find(Boolean);
  if (!support) throw new Error(`MDN's data has no ${name} at ${candidates.join(" or ")}.`);
  return [since(support.chrome), since(support.firefox), since(support.safari)];
}

const compat = "__compat";

/** @param {string} path */
function supportAt(path) {
  /** @type {any} */
  let node = data;
  for (const key of path.split(".")) node = node?.[key];
  return node?.[compat]?.support;
}

/**
 * The first version that has all of it, without a flag or another name; `Infinity` for none. Half of it does not count.
 *
 * @param {any} statements
 */
function since(statements) {
  const versions = [statements]
    .flat()
    .filter((each) => !each.partial_implementation && !each.flags && !each.prefix)
    .filter((each) => !each.alternative_name && !each.version_removed)
    .map(({ version_added: added }) => Number(String(added).replace("≤", "")))
    .filter((version) => version > 0);
  return Math.min(...versions);
}
