// The number of renders at 1 000 events per second, next to a naive binding: node bench/renders.ts [--smoke]
import { readFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { fileURLToPath } from "node:url";
import { build, type Plugin } from "esbuild";
import { chromium } from "playwright";
import { compile } from "svelte/compiler";
import { chromiumArgs, findChromium } from "../test/support/browsers.ts";

const ms = process.argv.includes("--smoke") ? 500 : 5000;

/** Components of Svelte, as its plugin for Vite compiles them. */
const components: Plugin = {
  name: "svelte",
  setup(bundler) {
    bundler.onLoad({ filter: /\.svelte$/ }, ({ path }) => ({
      contents: compile(readFileSync(path, "utf8"), { filename: path }).js.code,
    }));
  },
};

const { outputFiles } = await build({
  entryPoints: [fileURLToPath(new URL("renders/page.ts", import.meta.url))],
  bundle: true,
  format: "esm",
  minify: true,
  plugins: [components],
  conditions: ["svelte", "browser"],
  define: { "process.env.NODE_ENV": '"production"', __VUE_PROD_DEVTOOLS__: "false" },
  write: false,
});

const server = createServer((request, response) => {
  if (request.url === "/page.js") {
    return response.setHeader("Content-Type", "text/javascript").end(outputFiles[0]!.text);
  }
  if (request.url !== "/events") {
    response.setHeader("Content-Type", "text/html");
    return response.end(`<!doctype html><script type="module" src="/page.js"></script>`);
  }
  response.writeHead(200, { "Content-Type": "text/event-stream" });
  const start = performance.now();
  let sent = 0;
  // A timer may be late: missed events follow.
  const timer = setInterval(() => {
    while (sent < performance.now() - start) response.write(`data: ${sent++}\n\n`);
  }, 1);
  return response.once("close", () => clearInterval(timer));
});
server.listen(0, "127.0.0.1");

const executablePath = await findChromium();
if (!executablePath) {
  console.warn("The browser is left out: install Chromium, or name one in CHROMIUM_PATH.");
  process.exit();
}
const browser = await chromium.launch({ executablePath, args: chromiumArgs });
const page = await browser.newPage();
const devtools = await page.context().newCDPSession(page);
await devtools.send("Performance.enable");
await page.goto(`http://127.0.0.1:${(server.address() as AddressInfo).port}/`);

/** The busy time of the page's thread so far, in seconds. */
async function busy(): Promise<number> {
  const { metrics } = await devtools.send("Performance.getMetrics");
  return metrics.find(({ name }) => name === "TaskDuration")!.value;
}

const names = await page.evaluate(() => (globalThis as unknown as { names: string[] }).names);
for (const name of names) {
  const before = await busy();
  const { renders, last } = await page.evaluate(
    ([which, length]) =>
      (globalThis as unknown as { run: Function }).run(which, "/events", length) as {
        renders: number;
        last: number;
      },
    [name, ms] as const,
  );
  const share = ((await busy()) - before) / (ms / 1000);
  const perSecond = Math.round(renders / (ms / 1000));
  console.log(
    `${name.padEnd(14)}${String(perSecond).padStart(5)} renders per second, thread busy ${Math.round(share * 100)} %, last event ${last} of ${ms}`,
  );
}
await browser.close();
server.close();
server.closeAllConnections();
