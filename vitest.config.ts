import { readdirSync } from "node:fs";
import { availableParallelism } from "node:os";
import { fileURLToPath } from "node:url";
import type { LaunchOptions } from "playwright";
import { playwright } from "@vitest/browser-playwright";
import { BaseSequencer, type BrowserProviderOption, type TestSpecification } from "vitest/node";
import { defineConfig, type TestProjectInlineConfiguration } from "vitest/config";
import { chromiumArgs, findChromium, findFirefox, isShell } from "./test/support/browsers.ts";
import { findWebKit } from "./test/support/webkit.ts";
import { webkit } from "./test/support/webkit-provider.ts";
import { redisServer } from "./test/support/redis.ts";

const source = (path: string): string =>
  fileURLToPath(new URL(`./packages/${path}`, import.meta.url));

/** Tests run against the sources. Inline projects do not inherit the root's aliases, so each takes this. */
export const alias = (transport: "browser" | "node") => [
  { find: "#checks", replacement: source("client/src/core/checks.ts") },
  {
    find: "#timers",
    replacement: source(`client/src/core/timer${transport === "browser" ? "-slim" : ""}.ts`),
  },
  { find: "#words", replacement: source("client/src/core/words.ts") },
  { find: "#transport", replacement: source(`client/src/http/platform-${transport}.ts`) },
  {
    find: "#parser",
    replacement: source(`parser/src/${transport === "browser" ? "lean" : "index"}.ts`),
  },
  {
    find: "#lines",
    replacement: source(`parser/src/${transport === "browser" ? "lines-browser" : "lines"}.ts`),
  },
  {
    find: /^@steadfeed\/client\/(testing(?:\/node)?|react-native)$/,
    replacement: source("client/src/$1/index.ts"),
  },
  { find: /^steadfeed$/, replacement: source("cli/src/index.ts") },
  { find: "@steadfeed/contract/documents", replacement: source("contract/src/documents/index.ts") },
  { find: /^@steadfeed\/(\w+)\/(\w+)$/, replacement: source("$1/src/$2.ts") },
  { find: /^@steadfeed\/([\w-]+)$/, replacement: source("$1/src/index.ts") },
];

/**
 * A busy machine may break a test's timing, so a test that failed is tried once more, and `npm test` names those that
 * passed only then. A failure that names its seed is none of timing: another seed would hide it.
 */
export const secondTry = { count: 1, condition: /^(?!.*seed)/is };

/** A busy machine is slow; only a failing test waits so long. */
const patient = {
  expect: { poll: { timeout: 20_000 } },
  testTimeout: 60_000,
  hookTimeout: 60_000,
};

const node: TestProjectInlineConfiguration = {
  resolve: { alias: alias("node") },
  test: {
    name: "node",
    environment: "node",
    retry: secondTry,
    include: ["test/**/*.test.ts"],
    // Not part of the package: `WPT_DIR=… pnpm wpt` and `CONTRACT_DIR=… pnpm contract` run the suites of a checkout.
    exclude: [
      "test/apps/**",
      "test/browser/**",
      "test/long/**",
      ...(process.env["WPT_DIR"] ? [] : ["test/interop/wpt/**"]),
      ...(process.env["CONTRACT_DIR"] ? [] : ["test/interop/contract/**"]),
    ],
    ...patient,
  },
};

const page = (
  name: "chromium" | "firefox" | "webkit",
  provider: BrowserProviderOption,
): TestProjectInlineConfiguration => ({
  resolve: { alias: alias("browser") },
  // Discovered during the tests, they would reload the page.
  optimizeDeps: {
    include: [
      "@angular/core",
      "react",
      "react-dom",
      "react-dom/client",
      "react-dom/server",
      "react/jsx-dev-runtime",
      "solid-js",
      "solid-js/web",
      "svelte/reactivity",
      "svelte/store",
      "vue",
    ],
  },
  test: {
    name,
    // A condition does not get into a page, and no test there has a seed.
    retry: 1,
    include: ["test/browser/**/*.test.{ts,tsx}"],
    ...patient,
    globalSetup: ["test/support/browser-server.ts"],
    browser: {
      enabled: true,
      headless: true,
      ui: false,
      screenshotFailures: false,
      instances: [{ browser: name, name }],
      provider,
    },
  },
});

const started = (launchOptions: LaunchOptions): BrowserProviderOption =>
  playwright({ launchOptions });

const [chromium, firefox, webKit] = [await findChromium(), findFirefox(), findWebKit()];
const projects = [node];
if (chromium)
  projects.push(page("chromium", started({ executablePath: chromium, args: chromiumArgs })));
// A stock Firefox, over WebDriver BiDi. From playwright 1.65 on it gets a command that ESR 153 does not know.
if (firefox)
  projects.push(page("firefox", started({ executablePath: firefox, channel: "moz-firefox" })));
if (webKit) projects.push(page("webkit", webkit(webKit)));

const required = new Set(process.env["REQUIRE_BROWSERS"]?.split(","));
const howToHave: Readonly<Record<string, string>> = {
  chromium: "install one, or name it in CHROMIUM_PATH",
  firefox: "install one, or name it in FIREFOX_PATH",
  webkit: "install Debian's webkit2gtk-driver and xvfb",
};
for (const [name, how] of Object.entries(howToHave)) {
  if (projects.some(({ test }) => test?.name === name)) continue;
  if (required.has(name))
    throw new Error(`REQUIRE_BROWSERS names ${name}, and there is none: ${how}.`);
  sayOnce(`Tests in ${name} are skipped: ${how}.`);
}
if (chromium && required.has("chromium") && (await isShell(chromium))) {
  throw new Error(`REQUIRE_BROWSERS names chromium, and ${chromium} is a headless shell only.`);
}
if (redisServer === undefined) {
  const how = "install redis-server, or name one in REDIS_SERVER.";
  if (process.env["REQUIRE_REDIS"]) throw new Error(`REQUIRE_REDIS is set: ${how}`);
  sayOnce(`Tests of several machines are skipped: ${how}`);
}

/** The configuration is loaded more than once. */
function sayOnce(text: string): void {
  const said = process.env["SKIP_SAID"] ?? "";
  if (said.includes(text)) return;
  process.env["SKIP_SAID"] = said + text;
  console.warn(text);
}

/** At least 95 % of the lines of each folder of sources. */
const floor = Object.fromEntries(
  readdirSync(source(""), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && /\/src(\/|$)/.test(entry.parentPath))
    .filter(({ parentPath }) => !parentPath.includes("packages/cli/"))
    .map(({ parentPath }) => [`${parentPath.slice(source("../").length)}/*.ts`, { lines: 95 }]),
);

/** Folders with tests of whole processes, which take longest. Started last, a single one would keep all others waiting. */
const long = /\/test\/(chaos|cli|e2e|redis)\//;

class LongFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    // oxlint-disable-next-line unicorn/no-array-sort -- it is not an array's
    const sorted = await super.sort(files);
    const rank = ({ moduleId }: TestSpecification): number => (long.test(moduleId) ? 0 : 1);
    // Each project stays in one piece.
    return [...new Set(sorted.map(({ project }) => project))].flatMap((project) =>
      sorted.filter((file) => file.project === project).toSorted((a, b) => rank(a) - rank(b)),
    );
  }
}

export default defineConfig({
  test: {
    projects,
    sequence: { sequencer: LongFirst },
    // Most tests wait for sockets and browsers most of the time: more workers than cores keep the machine busy.
    maxWorkers: availableParallelism() + 2,
    coverage: {
      provider: "istanbul",
      include: ["packages/*/src/**/*.ts"],
      // Its tests start it as users do, in processes of their own, which coverage does not see.
      exclude: ["packages/cli/**"],
      reporter: ["json-summary"],
      reportOnFailure: true,
      thresholds: floor,
    },
  },
});
