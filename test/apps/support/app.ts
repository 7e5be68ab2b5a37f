// What is to hold for the app of every framework, built by its own tool from what would be published.
import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { chromium, type Browser } from "playwright";
import { afterAll, beforeAll, expect, onTestFinished, test } from "vitest";
import { installInto } from "../../../scripts/check-pack.mjs";
import { chromiumArgs, findChromium } from "../../support/browsers.ts";
import { Site, type Handler } from "./site.ts";

/** Builds the app in a folder, and makes the tests of its pages: each gets a server, and a page that shows prices. */
export function testApp(
  folder: string,
  pagesOf: (app: string) => Promise<Handler>,
  paths: readonly string[] = [""],
): void {
  const app = fileURLToPath(new URL(folder, import.meta.url));
  let pages: Handler;
  let browser: Browser;

  beforeAll(async () => {
    await installInto(app, ["parser", "client"]);
    await promisify(execFile)("pnpm", ["run", "build"], { cwd: app });
    pages = await pagesOf(app);
    const executablePath = await findChromium();
    if (!executablePath) throw new Error("There is no Chromium: name one in CHROMIUM_PATH.");
    browser = await chromium.launch({ executablePath, args: chromiumArgs });
  }, 300_000);

  afterAll(() => browser?.close());

  async function open() {
    const site = new Site(pages);
    await site.listen();
    const page = await browser.newPage();
    const faults: string[] = [];
    page.on("pageerror", (error) => faults.push(String(error)));
    page.on("console", (message) => {
      if (["error", "warning"].includes(message.type())) faults.push(message.text());
    });
    onTestFinished(async () => {
      await page.close();
      site.close();
    });
    /** The price, if the component is there. */
    const shown = async (): Promise<string | undefined> =>
      (await page.locator("p").allInnerTexts())[0]?.trim();
    return { site, page, shown, faults };
  }

  test.for(paths)("a server renders an idle feed, and opens no connection %s", async (path) => {
    const { site } = await open();
    const response = await fetch(site.url + path);
    expect(response.status).toBe(200);
    expect(await response.text()).toMatch(/<p[^>]*class="idle"[^>]*>(<!--.*?-->|\s)*…/);
    await new Promise((resolve) => setTimeout(resolve, 200));
    expect(site.asked).toEqual([]);
  });

  test.for(paths)("a page hydrates the server's markup, and shows each price %s", async (path) => {
    const { site, page, shown, faults } = await open();
    await page.goto(site.url + path);
    await expect.poll(() => site.live("a")).toBe(1);
    await expect.poll(() => page.locator("p").getAttribute("class")).toBe("open");
    for (const eur of [1, 2.5]) {
      site.send("a", eur);
      await expect.poll(shown).toBe(`${eur.toFixed(2)} €`);
    }
    expect(site.asked).toEqual(["a"]);
    expect(faults).toEqual([]);
  });

  test.for(paths)(
    "a new URL opens a new feed, and the previous feed is closed %s",
    async (path) => {
      const { site, page, shown } = await open();
      await page.goto(site.url + path);
      await expect.poll(() => site.live("a")).toBe(1);
      site.send("a", 1);
      await expect.poll(shown).toBe("1.00 €");
      await page.click("#next");
      await expect.poll(() => [site.live("a"), site.live("b")]).toEqual([0, 1]);
      site.send("b", 2);
      await expect.poll(shown).toBe("2.00 €");
    },
  );

  test.for(paths)(
    "an unmounted component leaves no connection, and a new one opens another %s",
    async (path) => {
      const { site, page, shown } = await open();
      await page.goto(site.url + path);
      await expect.poll(() => site.live("a")).toBe(1);
      await page.click("#hide");
      await expect.poll(shown).toBeUndefined();
      await expect.poll(() => site.live("a")).toBe(0);
      await page.click("#hide");
      await expect.poll(() => site.live("a")).toBe(1);
      expect(site.asked).toEqual(["a", "a"]);
    },
  );
}
