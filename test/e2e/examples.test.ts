import { spawn } from "node:child_process";
import { once } from "node:events";
import { readdirSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { chromium } from "playwright";
import { expect, onTestFinished, test } from "vitest";
import { chromiumArgs, findChromium } from "../support/browsers.ts";
import { ownPort } from "../support/port.ts";
import { redisServer } from "../support/redis.ts";

const folder = new URL("../../examples/", import.meta.url);
const names = readdirSync(folder).filter((name) => /\.tsx?$/.test(name));
/** What the others import; alone they say nothing. */
const silent = ["contract.ts", "migrate-server.ts", "port.ts", "prices.ts"];
/** Start a Redis. */
const needRedis = ["cluster.ts", "two-nodes.ts"];
/** Run until they are stopped. */
const server = "server.ts";
const htmx = "htmx.ts";
/** Pages of React components, served until they are stopped. */
const pages = ["react.ts", "chat.ts"];

function run(name: string, env: NodeJS.ProcessEnv = {}) {
  const child = spawn(process.execPath, [fileURLToPath(new URL(name, folder))], {
    env: { ...process.env, ...env },
  });
  const output = { text: "" };
  for (const stream of [child.stdout, child.stderr]) {
    stream.on("data", (chunk: Buffer) => (output.text += chunk.toString()));
  }
  // Its output is complete.
  return { child, output, exit: once(child, "close") };
}

const others = new Set([server, htmx, ...pages, ...silent, ...(redisServer ? [] : needRedis)]);
const alone = names.filter((name) => name.endsWith(".ts") && !others.has(name));
test.for(alone)("examples/%s runs, shows its result, and ends", async (name) => {
  const { output, exit } = run(name);
  const [code] = await exit;
  expect({ code, output: output.text }).toEqual({ code: 0, output: expect.stringMatching(/\w/) });
});

test("examples/server.ts sends events, and can be stopped", async () => {
  const port = await ownPort();
  const { child, output, exit } = run(server, { PORT: String(port) });
  await expect.poll(() => output.text, { timeout: 10_000 }).toContain("http://localhost");
  const url = /http:\/\/localhost\S*/.exec(output.text)![0];
  const response = await fetch(url);
  expect(response.headers.get("content-type")).toContain("text/event-stream");
  const text = response.body!.pipeThrough(new TextDecoderStream()).getReader();
  let seen = "";
  while (!seen.includes("data: ")) seen += (await text.read()).value ?? "";
  await text.cancel();
  child.kill("SIGTERM");
  await exit;
});

test.for(pages)("examples/%s serves a complete page, and can be stopped", async (name) => {
  const port = await ownPort();
  const { child, output, exit } = run(name, { PORT: String(port) });
  await expect.poll(() => output.text, { timeout: 10_000 }).toContain(`http://localhost:${port}`);
  const at = async (path: string) => (await fetch(`http://localhost:${port}${path}`)).text();
  expect(await at("/")).toContain('src="/app.js"');
  const script = await at("/app.js");
  expect(script).toContain("Last-Event-ID");
  expect(script).not.toMatch(/["']node:/);
  child.kill("SIGTERM");
  expect((await exit)[0]).toBe(0);
});

const executablePath = await findChromium();
test.skipIf(!executablePath)("examples/htmx.ts shows a list without a hole", async () => {
  const port = await ownPort();
  const { child, output, exit } = run(htmx, { PORT: String(port) });
  await expect.poll(() => output.text, { timeout: 10_000 }).toContain(`http://localhost:${port}`);
  const browser = await chromium.launch({ executablePath: executablePath!, args: chromiumArgs });
  onTestFinished(() => browser.close());
  const page = await browser.newPage();
  await page.goto(`http://localhost:${port}`);
  // The example breaks the line each second.
  await expect
    .poll(() => page.locator("li").count(), { timeout: 15_000, interval: 200 })
    .toBeGreaterThan(30);
  const numbers = (await page.locator("li").allTextContents()).map(Number);
  expect(numbers).toEqual(numbers.map((_, at) => numbers[0]! + at));
  child.kill("SIGTERM");
  await exit;
});

test("an example is short: at most 60 lines", () => {
  for (const name of names) {
    const lines = readFileSync(new URL(name, folder), "utf8").split("\n").length;
    expect(lines, name).toBeLessThanOrEqual(61);
  }
});
