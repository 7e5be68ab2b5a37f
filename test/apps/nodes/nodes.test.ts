// The oldest Node that a feed runs on, and the one between that and today's: what its transport, TLS and HTTP/2 differ in.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, onTestFinished, test } from "vitest";

const root = fileURLToPath(new URL("../../..", import.meta.url));

/** What reaches into Node, undici, zlib and OpenSSL. */
const files = [
  "test/faults",
  "test/client/decompress.test.ts",
  "test/client/transport-undici.test.ts",
  "test/e2e/compressed.test.ts",
  "test/e2e/node-options.test.ts",
  "test/e2e/pause.test.ts",
  "test/e2e/tls.test.ts",
];

interface Report {
  readonly numPassedTests: number;
  readonly testResults: readonly {
    readonly message: string;
    readonly assertionResults: readonly { readonly status: string; readonly fullName: string }[];
  }[];
}

for (const name of ["node-22", "node-24"]) {
  const node = fileURLToPath(new URL(`node_modules/${name}/bin/node`, import.meta.url));

  test.skipIf(!existsSync(node))(`by ${name}`, { timeout: 600_000 }, async () => {
    const folder = await mkdtemp(join(tmpdir(), "steadfeed-nodes-"));
    onTestFinished(() => rm(folder, { recursive: true, force: true }));
    const report = join(folder, "report.json");
    const line = ["run", "--project=node", "--reporter=json", `--outputFile=${report}`, ...files];
    // What this vitest tells its workers is not for another one.
    const env = Object.fromEntries(
      Object.entries(process.env).filter(([key]) => !/^(VITEST|TEST$|NODE_ENV$)/.test(key)),
    );
    const vitest = join(root, "node_modules/vitest/vitest.mjs");
    const child = spawn(node, [vitest, ...line], { cwd: root, env, stdio: "ignore" });
    onTestFinished(() => void child.kill("SIGKILL"));
    await once(child, "exit");
    const { numPassedTests, testResults } = JSON.parse(await readFile(report, "utf8")) as Report;
    const cases = testResults.flatMap(({ assertionResults }) => assertionResults);
    const failed = cases.filter(({ status }) => status === "failed");
    // A file that could not be read has a message, and no case that failed.
    const said = [
      ...failed.map(({ fullName }) => fullName),
      ...testResults.map((each) => each.message),
    ];
    expect(said.filter((text) => text !== "")).toEqual([]);
    expect(numPassedTests).toBeGreaterThan(700);
  });
}
