import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import { chromium } from "playwright";
import { afterEach, expect, test } from "vitest";
import { chromiumArgs, findChromium } from "../support/browsers.ts";

const main = fileURLToPath(new URL("../../demo/main.ts", import.meta.url));
const executablePath = await findChromium();
let demo: ChildProcess;

function start(...args: string[]) {
  demo = spawn(process.execPath, [main, ...args]);
  const output = { text: "" };
  for (const stream of [demo.stdout!, demo.stderr!]) {
    stream.on("data", (chunk: Buffer) => (output.text += chunk.toString()));
  }
  return { output, exit: once(demo, "exit") };
}

afterEach(() => void demo.kill("SIGKILL"));

test("demo --once: every word arrives once although the server dies", async () => {
  const { output, exit } = start("--once");
  const [code] = await exit;
  expect(output.text).toContain("Nothing lost, nothing repeated.");
  expect(code).toBe(0);
});

// Without a Chromium the configuration says once, for all browser tests, that they are skipped.
test.skipIf(executablePath === undefined)(
  "the demo's page loses and repeats nothing while the server is killed, and Ctrl-C ends the demo",
  { timeout: 40_000 },
  async () => {
    const { output, exit } = start();
    await expect.poll(() => output.text, { timeout: 10_000 }).toMatch(/http:\/\/localhost:\d+/);
    const browser = await chromium.launch({ executablePath: executablePath!, args: chromiumArgs });
    try {
      const page = await browser.newPage();
      await page.goto(/http:\/\/localhost:\d+/.exec(output.text)![0]);
      const shown = (id: string) => page.locator(`#${id}`).textContent();
      await expect.poll(async () => Number(await shown("received"))).toBeGreaterThan(5);
      await page.click("#kill");
      await expect.poll(() => shown("resumed"), { timeout: 15_000 }).toBe("1");
      const received = Number(await shown("received"));
      await expect.poll(async () => Number(await shown("received"))).toBeGreaterThan(received + 5);
      expect([await shown("lost"), await shown("repeated"), await shown("gaps")]).toEqual([
        "0",
        "0",
        "0",
      ]);
    } finally {
      await browser.close();
    }
    demo.kill("SIGINT");
    const [code] = await exit;
    expect(code).toBe(0);
  },
);
