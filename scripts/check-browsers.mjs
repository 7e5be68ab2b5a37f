import { readFileSync } from "node:fs";
import { doors, needsOf } from "./platform.mjs";
import { isStarted, report, root } from "./source.mjs";

/** @typedef {readonly [chrome: number, firefox: number, safari: number]} Since The first versions that have something. */

/**
 * The browser features that built files may use, by the names of `platform.mjs`. The check fails for a name that is not
 * here: add it with the first browsers that have it.
 *
 * @type {Readonly<Record<string, Since>>}
 */
export const allowed = {
  // Syntax. The build aims at ES2023.
  "?.": [80, 74, 13.1],
  "??": [80, 72, 13.1],
  "??=, ||=, &&=": [85, 79, 14],
  "catch without a name": [66, 58, 11.1],
  "private fields": [74, 90, 14.1],
  "private methods": [84, 90, 15],
  "public fields": [72, 69, 14.1],
  "static fields": [72, 75, 14.1],
  "static blocks": [94, 93, 16.4],
  "async generators": [63, 57, 12],
  "for await": [63, 57, 12],
  // Features that all of them have had for long.
  ...old(
    "Array ArrayBuffer Boolean DOMException Date Error Event EventTarget Infinity JSON Map Math MessageEvent Number Object Promise",
    "ReferenceError RegExp Set String Symbol TypeError Uint8Array WeakMap WeakSet arguments atob btoa console document",
    "decodeURIComponent encodeURIComponent location navigator performance setInterval setTimeout clearInterval clearTimeout",
    "URL URLSearchParams TextDecoder TextEncoder .onLine .persisted .cancelAnimationFrame .requestAnimationFrame",
  ),
  // The platform.
  AbortController: [66, 57, 12.1],
  AbortSignal: [66, 57, 12.1],
  ".any": [116, 124, 17.4],
  ".throwIfAborted": [100, 97, 15.4],
  fetch: [66, 57, 12.1],
  Headers: [66, 57, 12.1],
  Response: [66, 57, 12.1],
  ReadableStream: [66, 65, 12.1],
  TransformStream: [67, 102, 14.1],
  crypto: [37, 34, 11],
  ".randomUUID": [92, 95, 15.4],
  globalThis: [71, 65, 12.1],
  queueMicrotask: [71, 69, 12.1],
  // The built-in library of the language.
  ".asyncIterator": [63, 57, 12],
  ".at": [92, 90, 15.4],
  ".findLast": [97, 104, 15.4],
  ".findLastIndex": [97, 104, 15.4],
  ".flat": [69, 62, 12],
  ".flatMap": [69, 62, 12],
  ".fromEntries": [73, 63, 12.1],
  ".hasOwn": [93, 92, 15.4],
  ".replaceAll": [85, 77, 13.1],
  ".trimStart": [66, 61, 12],
};

/** Features that are used only where they exist. */
export const optional = new Set([
  // Without them a SharedFeed is a Feed.
  "BroadcastChannel",
  ".locks",
  // Of Node, and of observable libraries.
  "setImmediate",
  ".observable",
  // `await using`: another name is used where it does not exist.
  ".asyncDispose",
  ".dispose",
  // An option that old browsers ignore: the message has the same data.
  ".cause",
  // Set by a page, for a tool.
  "steadfeedHook",
]);

/**
 * Members that are newer than ES2018, or that some browsers added late. A common name such as `with` cannot be
 * distinguished from others.
 */
const members = new Set(
  [...Object.keys(allowed), ...optional]
    .filter((name) => name.startsWith("."))
    .map((name) => name.slice(1))
    .concat(
      "allSettled any findLast fromAsync getOrInsert getSetCookie groupBy isWellFormed matchAll toReversed toSorted toSpliced".split(
        " ",
      ),
      "toWellFormed trimEnd withResolvers toBase64 fromBase64 toHex fromHex isSubsetOf timeout byob encodeInto description".split(
        " ",
      ),
    ),
);

/** @param {string[]} lists @returns {Record<string, Since>} */
function old(...lists) {
  return Object.fromEntries(
    lists
      .join(" ")
      .split(" ")
      .map((name) => [name, [50, 50, 11]]),
  );
}

/**
 * The oldest Chrome, Firefox and Safari that have all of it.
 *
 * @param {string[]} needs
 */
export function oldestOf(needs) {
  const since = needs.map((need) => allowed[need] ?? [0, 0, 0]);
  return [0, 1, 2].map((at) => Math.max(...since.map((each) => each[at] ?? 0)));
}

/**
 * The faults in the features of a door.
 *
 * @param {string} door
 * @param {string[]} needs
 */
export function checkNeeds(door, needs) {
  return needs
    .filter((need) => !Object.hasOwn(allowed, need) && !optional.has(need))
    .map(
      (need) =>
        `${door} needs ${need} of a browser, which is new: do without it, or say in check-browsers.mjs since when browsers have it.`,
    );
}

/**
 * The documented versions of a door: the numbers in its row of the table in the page of browsers.
 *
 * @param {string} page
 * @param {string} door
 */
export function statedOf(page, door) {
  const row = page.split("\n").find((line) => line.startsWith("|") && line.includes(`\`${door}\``));
  return (row?.split("|").slice(2, 5) ?? []).map(Number);
}

if (isStarted(import.meta.url)) {
  const page = readFileSync(`${root}docs/browsers.md`, "utf8");
  /** @type {string[]} */
  const sentences = [];
  for (const [door, code] of Object.entries(doors)) {
    const needs = await needsOf(code, members);
    sentences.push(...checkNeeds(door, needs));
    const oldest = oldestOf(needs).join(", ");
    if (statedOf(page, door).join(", ") === oldest) continue;
    sentences.push(`docs/browsers.md should say of ${door}: Chrome, Firefox, Safari ${oldest}.`);
  }
  report(sentences, "No door needs more of a browser than docs/browsers.md says.");
}
