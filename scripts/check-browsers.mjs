import { readFileSync } from "node:fs";
import { allowed, features, members, optional, sinceOf } from "./browser-features.mjs";
import { doors, needsOf } from "./platform.mjs";
import { isStarted, report, root } from "./source.mjs";

/**
 * The oldest Chrome, Firefox and Safari that have all of it.
 *
 * @param {string[]} needs
 */
export function oldestOf(needs) {
  const since = needs.filter((need) => !optional.has(need)).map(sinceOf);
  return [0, 1, 2].map((at) => Math.max(...since.map((each) => each[at] ?? 0)));
}

/**
 * The features that keep older browsers out: `Chrome 100 (.throwIfAborted), …`
 *
 * @param {string[]} needs
 */
export function newestOf(needs) {
  const oldest = oldestOf(needs);
  return ["Chrome", "Firefox", "Safari"]
    .map((browser, at) => {
      const newest = needs.filter(
        (each) => !optional.has(each) && sinceOf(each)[at] === oldest[at],
      );
      return `${browser} ${oldest[at]} (${newest.join(", ")})`;
    })
    .join(", ");
}

/**
 * The faults in the features of a door.
 *
 * @param {string} door
 * @param {string[]} needs
 */
export function checkNeeds(door, needs) {
  return needs
    .filter((need) => !allowed.has(need) && !optional.has(need))
    .map(
      (need) =>
        `${door} needs ${need} of a browser, which is new: do without it, or put it on the list in browser-features.mjs.`,
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
  const unneeded = new Set([...features, ...optional]);
  for (const [door, code] of Object.entries(doors)) {
    const needs = await needsOf(code, members);
    for (const need of needs) unneeded.delete(need);
    const faults = checkNeeds(door, needs);
    sentences.push(...faults);
    if (faults.length > 0) continue;
    console.log(`${door.padEnd(12)}${needs.length} features: ${newestOf(needs)}`);
    const oldest = oldestOf(needs).join(", ");
    if (statedOf(page, door).join(", ") === oldest) continue;
    sentences.push(`docs/browsers.md should say of ${door}: Chrome, Firefox, Safari ${oldest}.`);
  }
  for (const name of unneeded)
    sentences.push(`No door needs ${name} any more: take it off browser-features.mjs.`);
  report(sentences, "No door needs more of a browser than docs/browsers.md says.");
}
