import { fileURLToPath } from "node:url";
import { playwright } from "@vitest/browser-playwright";
import { defineConfig, type TestProjectInlineConfiguration } from "vitest/config";
import { chromiumArgs, findChromium } from "./test/support/browsers.ts";

const source = (path: string): string =>
  fileURLToPath(new URL(`./packages/${path}`, import.meta.url));

/** Tests run against the sources. Inline projects do not inherit the root's aliases, so each takes this. */
const alias = (transport: "fetch" | "undici") => [
  { find: "#transport", replacement: source(`client/src/transport-${transport}.ts`) },
  { find: /^@steadfeed\/(\w+)\/(\w+)$/, replacement: source("$1/src/$2.ts") },
  { find: /^@steadfeed\/(\w+)$/, replacement: source("$1/src/index.ts") },
];

/** A busy machine takes its time; only a failing test waits so long. */
const patient = { poll: { timeout: 10_000 } };

const node: TestProjectInlineConfiguration = {
  resolve: { alias: alias("undici") },
  test: {
    name: "node",
    environment: "node",
    include: ["test/**/*.test.ts"],
    // The web-platform-tests are not ours to ship: `WPT_DIR=… pnpm wpt` runs those of a checkout.
    exclude: ["test/browser/**", ...(process.env["WPT_DIR"] ? [] : ["test/interop/wpt/**"])],
    testTimeout: 20_000,
    expect: patient,
  },
};

const chromium = (executablePath: string): TestProjectInlineConfiguration => ({
  resolve: { alias: alias("fetch") },
  test: {
    name: "chromium",
    include: ["test/browser/**/*.test.ts"],
    testTimeout: 20_000,
    expect: patient,
    globalSetup: ["test/support/browser-server.ts"],
    browser: {
      enabled: true,
      headless: true,
      ui: false,
      screenshotFailures: false,
      instances: [{ browser: "chromium", name: "chromium" }],
      provider: playwright({ launchOptions: { executablePath, args: chromiumArgs } }),
    },
  },
});

const projects = [node];
const executablePath = await findChromium();
if (executablePath !== undefined) {
  projects.push(chromium(executablePath));
} else if (process.env["REQUIRE_BROWSERS"]) {
  throw new Error(
    "REQUIRE_BROWSERS is set and there is no Chromium: install one, or name it in CHROMIUM_PATH.",
  );
} else if (!process.env["SKIP_SAID"]) {
  // The configuration is loaded more than once.
  process.env["SKIP_SAID"] = "1";
  console.warn("Browser tests are skipped: install Chromium, or name one in CHROMIUM_PATH.");
}

export default defineConfig({ test: { projects } });
