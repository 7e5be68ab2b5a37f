import { execFile } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { beforeAll, expect, test } from "vitest";
import { searchOptions } from "../../site/search.mjs";

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

interface Search {
  search(query: string, options: object): { readonly id: string }[];
}

/** Questions of users, and the page that must be among the first three results of the site's own search. */
const searches: [query: string, page: string][] = [
  ["Next.js", "recipes.html#next-js"],
  ["401", "auth.html#renewal-after-a-401"],
  ["nginx", "proxies.html"],
  ["idle", "proxies.html#the-connection-ends-idle-limits"],
  ["logout", "auth.html#logout"],
  ["token", "auth.html"],
  ["Express", "recipes.html#express"],
  ["CORS", "browsers.html#other-origins-cors"],
  ["retry", "client-options.html#retry"],
  ["Redis", "scaling.html"],
  ["Last-Event-ID", "concepts.html#cursor-or-last-event-id"],
  ["POST", "client-options.html#post"],
  ["heartbeat", "proxies.html"],
  ["React Native", "react-native.html"],
  ["Kubernetes", "restarts.html#kubernetes"],
  ["memory", "server.html#memory"],
];

test("common searches find their page", async () => {
  const vitepress = createRequire(`${root}site/`).resolve("vitepress/package.json");
  const { default: MiniSearch } = (await import(
    createRequire(vitepress).resolve("minisearch")
  )) as {
    default: { loadJSON: (json: string, options: object) => Search };
  };
  const chunks = `${dist}assets/chunks/`;
  const index = readdirSync(chunks).find((name) => name.startsWith("@localSearchIndex"));
  const { default: json } = (await import(`${chunks}${index}`)) as { default: string };
  const search = MiniSearch.loadJSON(json, { fields: ["title", "titles", "text"] });
  for (const [query, page] of searches) {
    const found = search.search(query, searchOptions).map(({ id }) => id);
    expect(found.slice(0, 3).join(" "), query).toContain(page);
  }
});
