import { existsSync, readFileSync } from "node:fs";
import { posix } from "node:path";
import { isStarted, packages, readTree, report, root } from "./source.mjs";

const fence = /^\s*(`{3,}|~{3,})\s*(\w*)/;
const origin = /^\s*<!--\s*region:\s*(\S+)#(\S+)\s*-->\s*$/;
const code = new Set("ts tsx mts typescript js jsx mjs javascript vue svelte".split(" "));

/**
 * @typedef {object} Block
 * @property {number} line
 * @property {string} language
 * @property {string} text
 * @property {{ file: string, region: string } | undefined} from The region that the comment before it names.
 */

/**
 * The code blocks of a page.
 *
 * @param {string} page
 * @returns {Block[]}
 */
export function blocksOf(page) {
  /** @type {Block[]} */
  const blocks = [];
  const lines = page.split(/\r?\n/);
  let before = "";
  for (let at = 0; at < lines.length; at++) {
    const line = lines[at] ?? "";
    const [, marks, language = ""] = fence.exec(line) ?? [];
    if (marks === undefined) {
      if (line.trim() !== "") before = line;
      continue;
    }
    const inside = lines.slice(at + 1);
    const length = inside.findIndex((each) => each.trim().startsWith(marks));
    const shown = length === -1 ? inside : inside.slice(0, length);
    const [, file, region = ""] = origin.exec(before) ?? [];
    const from = file === undefined ? undefined : { file, region };
    blocks.push({ line: at + 1, language, text: dedent(shown), from });
    at += shown.length + 1;
    before = "";
  }
  return blocks;
}

/**
 * The faults in the code of a page, which must equal tested code, word for word.
 *
 * @param {string} path of the page
 * @param {string} page its text
 * @param {(file: string) => string | undefined} read
 */
export function checkCode(path, page, read) {
  return blocksOf(page).flatMap(({ line, language, text, from }) => {
    const where = `${path}:${line}`;
    if (!from) {
      if (!code.has(language)) return [];
      return [
        `${where} shows code that nothing runs: put it into examples/ and say <!-- region: examples/FILE.ts#NAME --> before it.`,
      ];
    }
    const file = read(from.file);
    if (file === undefined) return [`${where} shows ${from.file}, which is not there.`];
    const region = regionOf(file, from.region);
    if (region === undefined)
      return [
        `${where} shows ${from.file}#${from.region}, and no "// #region ${from.region}" is in it.`,
      ];
    return region === text
      ? []
      : [`${where} differs from ${from.file}#${from.region}: copy it again.`];
  });
}

/**
 * The links of a page that lead to no file.
 *
 * @param {string} path of the page
 * @param {string} page its text
 * @param {(path: string) => boolean} exists
 */
export function checkLinks(path, page, exists) {
  return linksOf(page)
    .filter((link) => !/^([a-z][a-z\d+.-]*:|\/\/|#)/i.test(link))
    .filter((link) => {
      const target = posix.join(
        posix.dirname(path),
        decodeURIComponent(link.replace(/[?#].*$/, "")),
      );
      return target.startsWith("..") || !exists(target);
    })
    .map((link) => `${path} links to ${link}, which is not there.`);
}

/**
 * The files that a page names in its text, and that do not exist.
 *
 * @param {string} path of the page
 * @param {string} page its text
 * @param {(path: string) => boolean} exists
 */
export const checkFiles = (path, page, exists) =>
  [...page.matchAll(/`((?:bench|demo|examples|packages|scripts|site|test)\/[\w./-]+)`/g)]
    .filter(([, file = ""]) => !exists(file))
    .map(([, file]) => `${path} names ${file}, which is not there.`);

/** The code on these pages was decided, not run. */
const decisions = /^docs\/decisions\//;

/** @param {string} page */
function linksOf(page) {
  const prose = page
    .replaceAll(/^\s*(`{3,}|~{3,})[^\n]*\n[\s\S]*?^\s*\1[`~]*\s*$/gm, "")
    .replaceAll(/`[^`\n]*`/g, "");
  return [
    /\]\(\s*<?([^)\s>]+)>?[^)]*\)/g,
    /^\s*\[[^\]]+\]:\s*<?([^\s>]+)/gm,
    /\b(?:href|src)="([^"]+)"/g,
  ].flatMap((pattern) => [...prose.matchAll(pattern)].map(([, link = ""]) => link));
}

/** @param {string} file @param {string} name */
function regionOf(file, name) {
  const lines = file.split(/\r?\n/);
  // A component of Vue or Svelte is a page: its comments are those of HTML.
  const starts = new Set([`// #region ${name}`, `<!-- #region ${name} -->`]);
  const start = lines.findIndex((line) => starts.has(line.trim()));
  if (start === -1) return undefined;
  const length = lines
    .slice(start + 1)
    .findIndex((line) => /^(\/\/|<!--) #endregion/.test(line.trim()));
  return length === -1 ? undefined : dedent(lines.slice(start + 1, start + 1 + length));
}

/** @param {string[]} lines */
function dedent(lines) {
  const depths = lines.filter((line) => line.trim() !== "").map((line) => line.search(/\S/));
  const depth = Math.min(...depths);
  return lines.map((line) => line.slice(depth).trimEnd()).join("\n");
}

/**
 * All faults in the pages of a folder: README.md, the packages' own, and docs/.
 *
 * @param {string} folder with a slash at its end
 */
export function checkDocs(folder) {
  const pages = [
    "README.md",
    ...packages.map((name) => `packages/${name}/README.md`),
    ...Object.keys(readTree(`${folder}docs`, ".md")).map((path) => `docs/${path}`),
  ];
  const exists = (/** @type {string} */ path) => existsSync(folder + path);
  const read = (/** @type {string} */ path) =>
    exists(path) ? readFileSync(folder + path, "utf8") : undefined;
  return pages.flatMap((path) => {
    const page = read(path);
    if (page === undefined) return [`${path} is missing.`];
    // The page of a package is read on npm, where the repository's other files are elsewhere.
    const links = checkLinks(
      path,
      page,
      path === "README.md" || path.startsWith("docs/") ? exists : () => false,
    );
    if (decisions.test(path)) return links;
    return checkCode(path, page, read).concat(checkFiles(path, page, exists), links);
  });
}

if (isStarted(import.meta.url))
  report(checkDocs(root), "Pages show what runs and link to what is there.");
