// Each minor version of undici that the client allows: its transport, and bodies directly from the socket.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, realpathSync } from "node:fs";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, onTestFinished, test } from "vitest";

const root = fileURLToPath(new URL("../../..", import.meta.url));

const files = [
  "test/faults/direct",
  "test/faults/cut.test.ts",
  "test/client/transport-undici.test.ts",
];

interface Report {
  readonly numPassedTests: number;
  readonly numFailedTests: number;
  readonly testResults: readonly { readonly message: string }[];
}

// The newest one is what all other tests run with.
for (const name of ["undici-8.12"]) {
  const folder = fileURLToPath(new URL(`node_modules/${name}`, import.meta.url));

  test.skipIf(!existsSync(folder))(`by ${name}`, { timeout: 600_000 }, async () => {
    const kept = await mkdtemp(join(tmpdir(), "steadfeed-undici-"));
    onTestFinished(() => rm(kept, { recursive: true, force: true }));
    const report = join(kept, "report.json");
    const line = ["run", "--project=node", "--reporter=json", `--outputFile=${report}`, ...files];
    const env = Object.fromEntries(
      Object.entries(process.env).filter(([key]) => !/^(VITEST|TEST$|NODE_ENV$)/.test(key)),
    );
    env["UNDICI"] = realpathSync(folder);
    env["NODE_OPTIONS"] = `--import=${new URL("hooks.mjs", import.meta.url).href}`;
    const vitest = join(root, "node_modules/vitest/vitest.mjs");
    const options = { cwd: root, env, stdio: "ignore" } as const;
    const child = spawn(process.execPath, [vitest, ...line], options);
    onTestFinished(() => void child.kill("SIGKILL"));
    await once(child, "exit");
    const result = JSON.parse(await readFile(report, "utf8")) as Report;
    expect(result.testResults.map(({ message }) => message).filter(Boolean)).toEqual([]);
    expect(result.numFailedTests).toBe(0);
    expect(result.numPassedTests).toBeGreaterThan(300);
  });
}
