import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { bareEnv } from "../../scripts/bare.mjs";
import { besideReport } from "../../scripts/beside-report.mjs";
import { closingLine, countsOf, linesOf, readCounts } from "../../scripts/count.mjs";
import { root } from "../../scripts/source.mjs";
import { unreachable } from "../../scripts/toolchain.mjs";

const report = {
  numPassedTests: 3,
  numFailedTests: 0,
  numPendingTests: 0,
  numTodoTests: 0,
  testResults: [
    {
      name: `${root}test/a.test.ts`,
      status: "passed",
      assertionResults: ["one", "two", "three"].map((fullName) => ({ fullName, status: "passed" })),
    },
  ],
};

const uncollected = {
  name: `${root}test/c.test.ts`,
  status: "failed",
  message: "SyntaxError: no",
  assertionResults: [],
};

test("the closing line counts the tests that ran", () => {
  expect(closingLine([countsOf(report)])).toBe("3 passed, 0 failed");
  expect(closingLine([countsOf({ ...report, numFailedTests: 2 })])).toBe("3 passed, 2 failed");
});

test("the closing line names skipped tests only when there are some", () => {
  expect(closingLine([countsOf({ ...report, numPendingTests: 2, numTodoTests: 1 })])).toBe(
    "3 passed, 0 failed, 3 skipped",
  );
});

test("a file that could not be collected is a failure, although none of its tests ran", () => {
  const testResults = [...report.testResults, uncollected];
  expect(closingLine([countsOf({ ...report, testResults })])).toBe("3 passed, 1 failed");
});

test("a second try is named, a failure with a seed gets none, and an error that no test caught is a failure", () => {
  const folder = mkdtempSync(`${root}test-results/second-`);
  onTestFinished(() => rmSync(folder, { recursive: true }));
  mkdirSync(join(folder, "test-results"));
  writeFileSync(
    join(folder, "a.test.ts"),
    `import { test } from "vitest";
    const seen = new Set();
    const breaksOnce = (reason) => {
      if (seen.has(reason)) return;
      seen.add(reason);
      throw new Error(reason);
    };
    test("unheard", () => void Promise.reject(new Error("nobody waits")));
    test("slow", () => breaksOnce("Not within 5 ms."));
    test("chance", () => breaksOnce("Lost an event, seed 5"));`,
  );
  writeFileSync(
    join(folder, "vitest.config.ts"),
    `import { secondTry } from ${JSON.stringify(`${root}vitest.config.ts`)};
    export default { test: { retry: secondTry } };`,
  );
  const vitest = [`${root}node_modules/vitest/vitest.mjs`, "run", "--outputFile.json=report.json"];
  const reporters = ["json", `${root}scripts/beside-report.mjs`].map(
    (each) => `--reporter=${each}`,
  );
  spawnSync(process.execPath, [...vitest, ...reporters], { cwd: folder });
  const [written, beside] = ["report.json", besideReport].map((name) =>
    JSON.parse(readFileSync(join(folder, name), "utf8")),
  );
  const file = join(folder, "a.test.ts").slice(root.length);
  expect(linesOf([countsOf(written, beside)])).toEqual([
    `Passed on a second try: ${file}: slow: Not within 5 ms.`,
    `Failed: ${file}: chance: Error: Lost an event, seed 5`,
    "Failed: unhandled: nobody waits",
  ]);
});

test("each failure is named, with the first line of its reason", () => {
  const failed = {
    name: `${root}test/b.test.ts`,
    status: "failed",
    assertionResults: [
      { fullName: "works", status: "passed" },
      {
        fullName: "group breaks",
        status: "failed",
        failureMessages: ["Error: 1 is not 2\n    at b.ts"],
      },
    ],
  };
  const testResults = [...report.testResults, failed, uncollected];
  expect(countsOf({ ...report, numFailedTests: 1, testResults }).failures).toEqual([
    "test/c.test.ts: SyntaxError: no",
    "test/b.test.ts: group breaks: Error: 1 is not 2",
  ]);
});

test("several runs are added up, and one without a report is a failure", () => {
  const runs = [countsOf(report), countsOf({ ...report, numPendingTests: 1 })];
  expect(closingLine([...runs, readCounts("no/such/file.json")])).toBe(
    "6 passed, 1 failed, 1 skipped",
  );
});

test.skipIf(process.platform === "win32")("a bare machine has the tools, and no browser", () => {
  const folder = mkdtempSync(join(tmpdir(), "steadfeed-path-"));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  for (const name of ["git", "chromium", "firefox-esr", "redis-server", "nginx"]) {
    writeFileSync(join(folder, name), "", { mode: 0o755 });
  }
  writeFileSync(join(folder, "notes.txt"), "");
  const env = bareEnv({ PATH: folder, HOME: "/home", REQUIRE_REDIS: "1", CHROMIUM_PATH: "/c" });
  expect(readdirSync(env["PATH"]!)).toEqual(["git"]);
  expect(env).toEqual({ PATH: env["PATH"], HOME: "/home" });
});

test.each([
  ["npm error code ENOTFOUND\nnpm error syscall getaddrinfo", "ENOTFOUND"],
  ["Error: ERR_PNPM_META_FETCH_FAIL\n  × installing dependencies", "ERR_PNPM_META_FETCH_FAIL"],
])("a missing network is reported in one sentence", (output, code) => {
  expect(unreachable(output)).toBe(
    `The npm registry could not be reached (${code}): check the network or the proxy, then run this again.`,
  );
  expect(unreachable("npm error code E404")).toBeUndefined();
});

test("an unknown task prints the known ones, without a stack trace", () => {
  const { status, stderr } = spawnSync(process.execPath, ["scripts/run.mjs", "dmeo"], {
    cwd: root,
    encoding: "utf8",
  });
  expect(stderr).toBe("Say what to run: node scripts/run.mjs demo|test|long|bare|tarballs\n");
  expect(status).toBe(2);
});
