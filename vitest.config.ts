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

const node: TestProjectInlineConfiguration = {
  resolve: { alias: alias("undici") },
  test: {
    name: "node",
    environment: "node",
    include: ["test/**/*.test.ts"],
    exclude: ["test/browser/**"],
    benchmark: { include: ["bench/**/*.bench.ts"] },
    typecheck: { enabled: false },
  },
};

const chromium: TestProjectInlineConfiguration = {
  resolve: { alias: alias("fetch") },
  test: {
    name: "chromium",
    include: ["test/browser/**/*.test.ts"],
    // vitest 5 would run every *.bench.ts in every browser project as well.
    benchmark: { include: [] },
    globalSetup: ["test/support/browser-server.ts"],
    browser: {
      enabled: true,
      headless: true,
      ui: false,
      screenshotFailures: false,
      instances: [{ browser: "chromium", name: "chromium" }],
      provider: playwright({
        launchOptions: { executablePath: await findChromium(), args: chromiumArgs },
      }),
    },
  },
};

export default defineConfig({ test: { projects: [node, chromium] } });
