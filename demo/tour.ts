// Screenshots of the demo's page, for the README and for development: node demo/tour.ts [folder]
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdirSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { chromium, type BrowserContextOptions } from "playwright";
import { chromiumArgs, findChromium } from "../test/support/browsers.ts";

const folder = process.argv[2] ?? "demo-tour";
const wide = { width: 1280, height: 860 };
const views: Readonly<Record<string, BrowserContextOptions>> = {
  light: { viewport: wide },
  dark: { viewport: wide, colorScheme: "dark" },
  phone: { viewport: { width: 390, height: 844 } },
  still: { viewport: wide, reducedMotion: "reduce" },
};

mkdirSync(folder, { recursive: true });
const demo = spawn(process.execPath, [
  fileURLToPath(new URL("main.ts", import.meta.url)),
  "--calm",
]);
const [first] = (await once(demo.stdout, "data")) as [Buffer];
let said = String(first);
demo.stdout.on("data", (chunk: Buffer) => (said += String(chunk)));
while (!said.includes("http://")) await once(demo.stdout, "data");
const [url] = /http:\/\/localhost:\d+\//.exec(said)!;

const executablePath = await findChromium();
const browser = await chromium.launch({ executablePath: executablePath!, args: chromiumArgs });
for (const [name, options] of Object.entries(views)) {
  const context = await browser.newContext(options);
  const page = await context.newPage();
  const shoot = (moment: string) => page.screenshot({ path: `${folder}/${name}-${moment}.png` });
  await page.goto(url);
  await page.locator("#state[data-state=open]").waitFor();
  await shoot("start");
  await page.waitForTimeout(4000);
  await page.click("#kill");
  await page.locator("#state[data-state=waiting]").waitFor();
  await shoot("waiting");
  await page.locator("#state[data-state=open]").waitFor();
  await page.click("#five");
  await page.waitForTimeout(4000);
  await shoot("resumed");
  await context.close();
}
await browser.close();
demo.kill("SIGINT");
