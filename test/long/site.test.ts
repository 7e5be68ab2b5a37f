import { execFile } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { beforeAll, expect, test } from "vitest";

const root = fileURLToPath(new URL("../../", import.meta.url));
const dist = `${root}site/dist/`;
const pages = readdirSync(`${root}docs`).filter((name) => name.endsWith(".md"));

beforeAll(async () => {
  await promisify(execFile)(process.execPath, ["site/main.mjs", "build"], { cwd: root });
}, 300_000);

test("every page of the documentation is in the site, and in its sidebar", () => {
  const home = readFileSync(`${dist}auth.html`, "utf8");
  for (const page of pages.filter((name) => name !== "index.md")) {
    expect(home, page).toContain(`href="/${page.replace(/md$/, "html")}"`);
  }
});

test("every page is also there as Markdown, with a list for language models", () => {
  const list = readFileSync(`${dist}llms.txt`, "utf8");
  for (const page of pages.filter((name) => name !== "index.md")) {
    expect(list, page).toContain(`(/${page})`);
    expect(readFileSync(`${dist}${page}`, "utf8")).toMatch(/^# /m);
  }
});

test("the site loads nothing from other hosts", () => {
  const files = readdirSync(dist, { recursive: true, encoding: "utf8" });
  for (const file of files.filter((name) => name.endsWith(".html"))) {
    expect(readFileSync(dist + file, "utf8"), file).not.toMatch(
      /<(script|img|iframe|link)\b[^>]*(src|href)="https?:/,
    );
  }
});
