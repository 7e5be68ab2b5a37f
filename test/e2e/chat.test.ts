// The example chat as its user sees it: reload, another tab, stop, and a server that goes away.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import { chromium, type Browser, type Page } from "playwright";
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from "vitest";
import { chromiumArgs, findChromium } from "../support/browsers.ts";
import { ownPort } from "../support/port.ts";

const program = fileURLToPath(new URL("../../examples/chat.ts", import.meta.url));
const executablePath = await findChromium();

async function start(port: number) {
  const child = spawn(process.execPath, [program], { env: { ...process.env, PORT: String(port) } });
  onTestFinished(() => void child.kill("SIGKILL"));
  await once(child.stdout, "data");
  return child;
}

describe.skipIf(!executablePath)("examples/chat.ts", () => {
  let browser: Browser;
  beforeAll(async () => {
    browser = await chromium.launch({ executablePath: executablePath!, args: chromiumArgs });
  });
  afterAll(() => browser.close());

  const words = async (page: Page): Promise<number> =>
    (await page.locator("p").innerText()).split(" ").length;

  async function asked(url: string, width = 1000): Promise<Page> {
    const page = await browser.newPage({ viewport: { width, height: 700 } });
    onTestFinished(() => page.close());
    await page.goto(url);
    await page.fill("input", "why?");
    await page.click("button");
    await expect.poll(() => words(page)).toBeGreaterThan(4);
    return page;
  }

  test("words appear; after a reload, and in another tab, the answer continues from its first word", async () => {
    const port = await ownPort();
    await start(port);
    const page = await asked(`http://localhost:${port}`);
    const [before] = [await words(page)];
    await page.reload();
    await expect.poll(() => words(page)).toBeGreaterThan(before);
    expect(await page.locator("p").innerText()).toMatch(/^You asked “why\?”\. A feed/);
    const tab = await browser.newPage();
    onTestFinished(() => tab.close());
    await tab.goto(page.url());
    await expect.poll(() => words(tab)).toBeGreaterThan(before);
    await page.click("text=Stop");
    for (const each of [page, tab]) {
      await expect.poll(() => each.locator("output").innerText()).toBe("ended");
    }
    expect(await tab.locator("p").innerText()).toBe(await page.locator("p").innerText());
  });

  test("a browser's own EventSource gets it all, reconnects once, and stops", async () => {
    const port = await ownPort();
    await start(port);
    const page = await asked(`http://localhost:${port}`);
    await page.click("text=Stop");
    await expect.poll(() => page.locator("output").innerText()).toBe("ended");
    const text = await page.evaluate(
      (url) =>
        new Promise<string>((resolve) => {
          const source = new EventSource(url);
          let all = "";
          source.addEventListener("message", ({ data }) => (all += String(data)));
          source.addEventListener("error", () => {
            if (source.readyState === EventSource.CLOSED) resolve(all);
          });
        }),
      new URL(page.url()).hash.slice(1),
    );
    expect(text.trim()).toBe(await page.locator("p").innerText());
  });

  test("when the server is killed the page reports it, and keeps its text", async () => {
    const port = await ownPort();
    const child = await start(port);
    const page = await asked(`http://localhost:${port}`, 360);
    child.kill("SIGKILL");
    await expect.poll(() => page.locator("text=Connection lost").count()).toBe(1);
    // The runs of a memory log are gone with their server.
    await start(port);
    await expect
      .poll(() => page.locator("output").innerText(), { timeout: 15_000 })
      .toContain("404");
    expect(await words(page)).toBeGreaterThan(4);
    expect(await page.evaluate("document.documentElement.scrollWidth <= innerWidth")).toBe(true);
  });
});
