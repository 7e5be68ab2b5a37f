import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import { chromium, type Page } from "playwright";
import { afterEach, describe, expect, onTestFinished, test } from "vitest";
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
  return { output, exit: once(demo, "close") };
}

afterEach(() => void demo.kill("SIGKILL"));

test("demo --once: every word arrives once although the server dies", async () => {
  const { output, exit } = start("--once");
  const [code] = await exit;
  expect(output.text).toContain("Nothing lost, nothing repeated.");
  expect(code).toBe(0);
});

// Without a Chromium the configuration says once, for all browser tests, that they are skipped.
describe.skipIf(executablePath === undefined)("the demo's page", { timeout: 90_000 }, () => {
  const patient = { timeout: 30_000 };

  /** The demo in a page as wide as a phone, reading; nothing dies but by the test. */
  async function open(host = "localhost") {
    const { output, exit } = start("--calm");
    await expect.poll(() => output.text, patient).toMatch(/http:\/\/localhost:\d+/);
    const browser = await chromium.launch({
      executablePath: executablePath!,
      args: [...chromiumArgs, "--host-resolver-rules=MAP steadfeed.test 127.0.0.1"],
    });
    onTestFinished(() => browser.close());
    const page = await browser.newPage({ viewport: { width: 360, height: 740 } });
    const [url] = /http:\/\/localhost:\d+\//.exec(output.text)!;
    await page.goto(url.replace("localhost", host));
    const reads = async (more: number): Promise<void> => {
      const before = Number(await shown(page, "received"));
      await expect
        .poll(async () => Number(await shown(page, "received")), patient)
        .toBeGreaterThan(before + more);
    };
    await reads(5);
    return { page, url, reads, exit };
  }

  const shown = (page: Page, id: string) => page.locator(`#${id}`).textContent();
  const state = (page: Page, is: string) => page.locator(`#state[data-state=${is}]`);
  const wrong = async (page: Page) => [
    await shown(page, "lost"),
    await shown(page, "repeated"),
    await shown(page, "gaps"),
  ];

  test("killing the server: the page waits, and resumes at its cursor with nothing lost or repeated", async () => {
    const { page, reads, exit } = await open();
    await page.click("#kill");
    await state(page, "waiting").waitFor(patient);
    await expect.poll(() => shown(page, "connections"), patient).toBe("no connection now");
    await state(page, "open").waitFor(patient);
    await expect
      .poll(() => shown(page, "text"), patient)
      .toMatch(/^Resumed after \S+-\d+: nothing lost, nothing twice\.$/);
    await reads(5);
    expect(await shown(page, "resumed")).toBe("1");
    expect(await wrong(page)).toEqual(["0", "0", "0"]);
    expect(await shown(page, "verdict")).toBe("Nothing lost, nothing twice");
    expect(await shown(page, "cursor")).toMatch(/-\d+$/);
    const byType = await page.locator("#types dd").allTextContents();
    expect(byType.map(Number).reduce((sum, count) => sum + count)).toBeGreaterThan(10);

    demo.kill("SIGINT");
    const [code] = await exit;
    expect(code).toBe(0);
  });

  test("cutting the connection: the page resumes while the server stays up", async () => {
    const { page, reads } = await open();
    await page.click("#cut");
    await expect.poll(() => shown(page, "resumed"), patient).toBe("1");
    await reads(5);
    expect(await wrong(page)).toEqual(["0", "0", "0"]);
  });

  test("opening five windows: six windows, one connection, and the lead moves between them without a loss", async () => {
    const { page, reads } = await open();
    await page.click("#five");
    await expect.poll(() => shown(page, "windows"), patient).toBe("6 windows");
    const panes = page.frames().filter((frame) => frame !== page.mainFrame());
    expect(panes).toHaveLength(5);
    const roles = () =>
      Promise.all(panes.map((frame) => frame.locator("#role").textContent(patient)));
    await expect.poll(roles, patient).toEqual(Array.from({ length: 5 }, () => "follows"));
    await expect.poll(() => shown(page, "connections"), patient).toBe("1 connection at the server");
    expect(await shown(page, "role")).toContain("This window leads");
    await reads(5);
    for (const frame of panes) {
      await expect
        .poll(() => frame.locator("#tally").textContent(), patient)
        .toMatch(/^[1-9]\d* · 0 lost · 0 twice$/);
    }

    await page.click("#yield");
    await expect.poll(roles, patient).toContain("leads");
    await expect.poll(() => shown(page, "role"), patient).toContain("This window follows");
    await reads(5);
    await expect.poll(() => shown(page, "connections"), patient).toBe("1 connection at the server");
    expect(await wrong(page)).toEqual(["0", "0", "0"]);
    const tallies = await Promise.all(panes.map((frame) => frame.locator("#tally").textContent()));
    for (const tally of tallies) expect(tally).toContain("· 0 lost · 0 twice");
    // Nothing of it is wider than a phone.
    expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBe(360);
  });

  test("going offline: the page shows that it waits for the network, with a countdown only when the time is known", async () => {
    const { page, url, reads } = await open("steadfeed.test");
    expect(await shown(page, "role")).toContain("each window connects for itself");
    await page.context().setOffline(true);
    await fetch(`${url}cut`, { method: "POST" });
    await expect.poll(() => shown(page, "title"), patient).toBe("Offline");
    expect(await shown(page, "text")).toBe(
      "The browser is offline: the feed connects again when the network is back.",
    );
    expect(await page.locator("body").innerText()).not.toContain("Infinity");
    expect(await shown(page, "clock")).toMatch(/^last byte \d+\.\d s ago$/);
    await page.context().setOffline(false);
    await state(page, "open").waitFor(patient);
    await reads(5);
    expect(await wrong(page)).toEqual(["0", "0", "0"]);
  });
});
