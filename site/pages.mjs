import { cpSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { posix } from "node:path";
import { fileURLToPath } from "node:url";
import { writeReference } from "./reference.mjs";

const root = fileURLToPath(new URL("..", import.meta.url));
const pages = `${root}site/pages`;
const { repository } = JSON.parse(readFileSync(`${root}package.json`, "utf8"));

/** A link in Markdown, but for images: `](where#anchor)`. */
const link = /(?<!!\[[^\]]*)\]\((?!\w+:|#)([^)#\s]+)(#[^)\s]*)?\)/g;

/**
 * A page of `docs/` as the site shows it: links to files outside `docs/` lead to the repository.
 *
 * @param {string} name its path in `docs/`
 * @param {string} text
 */
export function pageOf(name, text) {
  const from = posix.join("docs", posix.dirname(name));
  return text.replaceAll(link, (whole, path, anchor = "") => {
    const target = posix.join(from, path);
    return target.startsWith("docs/") ? whole : `](${repository.url}/blob/main/${target}${anchor})`;
  });
}

/** Writes every page that VitePress is to build: those of `docs/`, and the reference. */
export async function writePages() {
  rmSync(pages, { recursive: true, force: true });
  cpSync(`${root}docs`, pages, { recursive: true });
  for (const name of readdirSync(pages, { recursive: true, encoding: "utf8" })) {
    if (!name.endsWith(".md")) continue;
    writeFileSync(`${pages}/${name}`, pageOf(name, readFileSync(`${pages}/${name}`, "utf8")));
  }
  writeFileSync(`${pages}/decisions/index.md`, decisions());
  return writeReference(`${pages}/reference`);
}

/** The list of all decisions, by their headings. */
function decisions() {
  const files = readdirSync(`${root}docs/decisions`)
    .filter((name) => name.endsWith(".md"))
    .toSorted();
  const lines = files.map((file) => {
    const [heading = file] = readFileSync(`${root}docs/decisions/${file}`, "utf8").split("\n", 1);
    return `- ${file.slice(0, 4)}: [${heading.replace(/^#\s*(\d+[.:]?\s*)?/, "")}](${file})`;
  });
  return `# Decisions\n\nWhy some things are not as one might expect.\n\n${lines.join("\n")}\n`;
}

if (import.meta.main) await writePages();
