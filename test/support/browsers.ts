import { existsSync } from "node:fs";
import { which } from "./which.ts";

/** Where browsers are that no PATH finds. */
const known: readonly string[] = [
  "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
  "C:\\Program Files\\Google\\Chrome\\Application\\chrome.exe",
];

/** Flags without which Chromium neither starts as root nor keeps quiet on a closed network. */
export const chromiumArgs: string[] = [
  "--no-sandbox",
  "--disable-gpu",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
];

/** $CHROMIUM_PATH, an installed Chromium or Chrome, else (Linux x64) the one inside @sparticuz/chromium, else none. */
export async function findChromium(): Promise<string | undefined> {
  const fromEnv = process.env["CHROMIUM_PATH"];
  if (fromEnv === "npm") return (await import("@sparticuz/chromium")).default.executablePath();
  if (fromEnv) return fromEnv;
  const installed =
    which("chromium", "chromium-browser", "google-chrome") ??
    known.find((path) => existsSync(path));
  if (installed) return installed;
  if (process.platform !== "linux" || process.arch !== "x64") return undefined;
  return (await import("@sparticuz/chromium")).default.executablePath();
}

/**
 * Whether a Chromium is a headless shell, as the one inside @sparticuz/chromium is. A shell has no back/forward cache
 * and no hidden tabs.
 */
export async function isShell(executablePath: string): Promise<boolean> {
  const { chromium } = await import("playwright");
  const browser = await chromium.launch({ executablePath, args: chromiumArgs });
  try {
    const session = await browser.newBrowserCDPSession();
    const { product } = await session.send("Browser.getVersion");
    return product.startsWith("HeadlessChrome/");
  } finally {
    await browser.close();
  }
}

/** Asks the Chromium here what it is. → whether it has the thing that a test needs; if not, one line says so. */
export async function probeChromium(): Promise<(need: string) => boolean> {
  const path = await findChromium();
  // Without any, the configuration says so once, for all browser tests.
  if (path === undefined) return () => false;
  if (!(await isShell(path))) return () => true;
  return (need) => {
    console.warn(
      `Skipped: ${path} is a headless shell and has no ${need}. Install chromium, or name one in CHROMIUM_PATH.`,
    );
    return false;
  };
}

/** $FIREFOX_PATH, or an installed Firefox ESR. */
export const findFirefox = (): string | undefined =>
  process.env["FIREFOX_PATH"] || which("firefox-esr");
