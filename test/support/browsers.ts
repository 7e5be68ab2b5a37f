import { existsSync } from "node:fs";

const known: readonly string[] = [
  "/usr/bin/chromium",
  "/usr/bin/chromium-browser",
  "/usr/bin/google-chrome",
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
  const installed = known.find((path) => existsSync(path));
  if (installed) return installed;
  if (process.platform !== "linux" || process.arch !== "x64") return undefined;
  return (await import("@sparticuz/chromium")).default.executablePath();
}

/** $FIREFOX_PATH, or an installed Firefox ESR. */
export function findFirefox(): string | undefined {
  const fromEnv = process.env["FIREFOX_PATH"];
  if (fromEnv) return fromEnv;
  return ["/usr/bin/firefox-esr"].find((path) => existsSync(path));
}
