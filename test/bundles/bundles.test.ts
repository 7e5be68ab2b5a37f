// What a project gets that installs the published packages and bundles them for browsers.
import { mkdtempSync, readFileSync, realpathSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { nodeResolve } from "@rollup/plugin-node-resolve";
import * as esbuild from "esbuild";
import { chromium, type Browser } from "playwright";
import { rollup } from "rollup";
import { build as vite } from "vite";
import webpack from "webpack";
import { afterAll, beforeAll, describe, expect, onTestFinished, test, vi } from "vitest";
import { installAll } from "../../scripts/check-pack.mjs";
import { startStage } from "../suite/server.ts";
import { Stage } from "../suite/stage.ts";
import { chromiumArgs, findChromium } from "../support/browsers.ts";
import { serve } from "../support/server.ts";

/** Some of every door, so that each must be found. */
const app = `
  import { Client, Feed } from "@steadfeed/client";
  import { EventSource } from "@steadfeed/client/eventsource";
  import { createParser } from "@steadfeed/parser";
  const url = decodeURIComponent(location.hash.slice(1));
  const source = new EventSource(url);
  const data = [];
  source.onmessage = (event) => {
    source.close();
    data.push(event.data);
    new Feed(url).once("message").then((event) => {
      data.push(event.data, new Client(url).feed("a").state);
      createParser({ onEvent: (event) => data.push(event.data) }).push("data: parsed\\n\\n");
      document.title = data.join(" ");
    });
  };
`;

// What is shipped: without it, Vite and rollup take the development build's longer option checks.
vi.stubEnv("NODE_ENV", "production");

// Bundlers name files by where they really are.
const folder = realpathSync(mkdtempSync(join(tmpdir(), "steadfeed-")));
const entry = join(folder, "app.js");
const output = (name: string): string => join(folder, name, "out.js");

const bundlers: Readonly<Record<string, (outfile: string) => Promise<unknown>>> = {
  esbuild: (outfile) =>
    esbuild.build({ entryPoints: [entry], outfile, bundle: true, format: "esm", minify: true }),
  vite: (outfile) =>
    vite({
      root: folder,
      configFile: false,
      logLevel: "error",
      build: {
        outDir: join(outfile, ".."),
        rollupOptions: { input: entry, output: { entryFileNames: "out.js" } },
      },
    }),
  webpack: (outfile) =>
    new Promise((done, fail) => {
      const to = { path: join(outfile, ".."), filename: "out.js" };
      webpack({ mode: "production", context: folder, entry, output: to }, (error, stats) => {
        if (error || stats?.hasErrors()) fail(error ?? new Error(stats?.toString("errors-only")));
        else done(undefined);
      });
    }),
  rollup: async (file) => {
    const bundle = await rollup({ input: entry, plugins: [nodeResolve({ browser: true })] });
    await bundle.write({ file });
  },
};

let browser: Browser | undefined;
let stage: Awaited<ReturnType<typeof startStage>>;
const executablePath = await findChromium();

beforeAll(async () => {
  await installAll(folder);
  writeFileSync(entry, app);
  stage = await startStage();
  if (executablePath) browser = await chromium.launch({ executablePath, args: chromiumArgs });
}, 60_000);
afterAll(async () => {
  await browser?.close();
  await stage.close();
  rmSync(folder, { recursive: true, force: true });
});

/** What a page with this script makes of a stream. */
async function run(files: Readonly<Record<string, string>>): Promise<string> {
  const site = await serve((request, response) => {
    const file = files[request.url!];
    const type = file === undefined ? "text/html" : "text/javascript";
    response.writeHead(200, { "Content-Type": `${type}; charset=utf-8` });
    response.end(file ?? '<!doctype html><script type="module" src="/app.js"></script>');
  });
  const played = new Stage(stage.url);
  await played.script({ body: "data: ✓ 日本\n\n" });
  const page = await browser!.newPage();
  onTestFinished(() => page.close());
  const errors: Error[] = [];
  page.on("pageerror", (error) => errors.push(error));
  await page.goto(`${site.url}#${encodeURIComponent(played.url)}`);
  await expect.poll(() => errors[0] ?? page.title()).not.toBe("");
  return errors[0] ? String(errors[0]) : page.title();
}

describe.each(Object.keys(bundlers))("bundled by %s", (name) => {
  test("contains no Node code, and nothing that only Node needs", async () => {
    await bundlers[name]!(output(name));
    const text = readFileSync(output(name), "utf8");
    expect(text).toContain("Last-Event-ID");
    expect(text.match(/["'`]node:|undici|rejectUnauthorized|process\.\w+/g)).toBeNull();
  });

  test.skipIf(!executablePath)("works in a page", async () => {
    expect(await run({ "/app.js": readFileSync(output(name), "utf8") })).toBe(
      "✓ 日本 ✓ 日本 idle parsed",
    );
  });
});

test.skipIf(!executablePath)(
  "a page without a bundler has a file that works as it is",
  async () => {
    const file = join(folder, "node_modules/@steadfeed/client/dist/browser.js");
    const script = `
    import { Feed } from "/steadfeed.js";
    const feed = new Feed(decodeURIComponent(location.hash.slice(1)));
    document.title = (await feed.once("message")).data;
  `;
    const files = { "/steadfeed.js": readFileSync(file, "utf8"), "/app.js": script };
    expect(await run(files)).toBe("✓ 日本");
  },
);
