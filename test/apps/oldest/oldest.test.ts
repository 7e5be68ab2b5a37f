// Each binding, as it would be published, with the oldest version of its framework that is promised to work.
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { build, type BuildOptions, type Plugin } from "esbuild";
import { chromium, type Browser } from "playwright";
import { afterAll, beforeAll, expect, onTestFinished, test, vi } from "vitest";
import { installInto } from "../../../scripts/check-pack.mjs";
import { chromiumArgs, findChromium } from "../../support/browsers.ts";
import type { Mounted } from "../../browser/bindings/mounted.ts";
import type * as Rendered from "../../support/rendered.ts";
import { scriptsIn } from "../support/pages.ts";
import { Site } from "../support/site.ts";
import type { Show } from "./page.ts";

const app = fileURLToPath(new URL(".", import.meta.url)).slice(0, -1);
interface Manifest {
  readonly version: string;
  readonly peerDependencies: Readonly<Record<string, string>>;
}

const manifestAt = (path: string) => JSON.parse(readFileSync(path, "utf8")) as Manifest;
const { peerDependencies } = manifestAt(join(app, "../../../packages/client/package.json"));
const names = ["React", "Vue", "Solid", "Svelte", "Svelte's stores", "Angular"];
let browser: Browser;

/** The frameworks and the client of this folder, for files from elsewhere too. */
const ours: Plugin = {
  name: "ours",
  setup(bundler) {
    const bare = /^(@steadfeed|@angular|react|react-dom|solid-js|svelte|vue)(\/|$)/;
    bundler.onResolve({ filter: bare }, ({ path, resolveDir, kind }) =>
      resolveDir === app || resolveDir.includes("node_modules")
        ? undefined
        : bundler.resolve(path, { resolveDir: app, kind }),
    );
  },
};

const bundled = (from: string, options: BuildOptions) =>
  build({
    entryPoints: [join(app, from)],
    outdir: join(app, "dist"),
    bundle: true,
    format: "esm",
    logLevel: "error",
    ...options,
  });

beforeAll(async () => {
  await installInto(app, ["parser", "client"]);
  await bundled("page.ts", { platform: "browser", plugins: [ours] });
  // Node finds what it imports from where it lies.
  await bundled("../../support/rendered.ts", { platform: "node", packages: "external" });
  const executablePath = await findChromium();
  if (!executablePath) throw new Error("There is no Chromium: name one in CHROMIUM_PATH.");
  browser = await chromium.launch({ executablePath, args: chromiumArgs });
}, 300_000);

afterAll(() => browser?.close());

test.for(Object.entries(peerDependencies))(
  "%s %s: the oldest version in that range is installed",
  ([name, range]) => {
    const [major, minor = 0, patch = 0] = range.replace(/^>=/, "").split(".").map(Number);
    const manifest = createRequire(join(app, "page.ts")).resolve(`${name}/package.json`);
    expect(manifestAt(manifest).version).toBe(`${major}.${minor}.${patch}`);
  },
);

test.for(names)("%s renders an idle feed on a server, and opens none", async (name) => {
  const path = pathToFileURL(join(app, "dist/rendered.js")).href;
  const { rendered } = (await import(path)) as typeof Rendered;
  const fetch = vi.fn<() => Promise<Response>>();
  expect(await rendered[name]!({ fetch })).toContain("idle undefined 0");
  await new Promise((resolve) => setTimeout(resolve, 50));
  expect(fetch).not.toHaveBeenCalled();
});

test.for(names)(
  "%s shows events as they arrive, switches to another URL, and closes its connection",
  async (name) => {
    const site = new Site(
      scriptsIn(join(app, "dist"), (_request, response) => {
        response.setHeader("Content-Type", "text/html");
        response.end('<!doctype html><main></main><script type="module" src="/page.js"></script>');
      }),
    );
    await site.listen();
    const page = await browser.newPage();
    const faults: string[] = [];
    page.on("pageerror", (error) => faults.push(String(error)));
    onTestFinished(async () => {
      await page.close();
      site.close();
    });
    const shown = () => page.locator("main").textContent();

    await page.goto(site.url);
    const component = await page.evaluateHandle<Mounted, string>(
      (framework) => (globalThis as unknown as { show: Show }).show(framework, "/events/a"),
      name,
    );
    await expect.poll(shown).toBe("open: ;");
    for (const eur of [1, 2]) site.send("a", eur);
    await expect.poll(shown).toBe('open: {"eur":1} {"eur":2};');
    await component.evaluate(({ show }) => show("/events/b"));
    await expect.poll(() => [site.live("a"), site.live("b")]).toEqual([0, 1]);
    site.send("b", 3);
    await expect.poll(shown).toBe('open: {"eur":3};');
    await component.evaluate(({ unmount }) => unmount());
    await expect.poll(() => site.live("b")).toBe(0);
    expect({ asked: site.asked, faults }).toEqual({ asked: ["a", "b"], faults: [] });
  },
);
