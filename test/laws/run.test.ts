import { spawnSync } from "node:child_process";
import { expect, test } from "vitest";
import { closingLine } from "../../scripts/count.mjs";
import { root } from "../../scripts/source.mjs";
import { unreachable } from "../../scripts/toolchain.mjs";

const report = {
  numPassedTests: 3,
  numFailedTests: 0,
  numPendingTests: 0,
  numTodoTests: 0,
  testResults: [{ status: "passed", assertionResults: [{}, {}, {}] }],
};

test("the closing line counts what ran", () => {
  expect(closingLine(report)).toBe("3 passed, 0 failed");
  expect(closingLine({ ...report, numFailedTests: 2 })).toBe("3 passed, 2 failed");
});

test("the closing line speaks of skipped tests only when there are some", () => {
  expect(closingLine({ ...report, numPendingTests: 2, numTodoTests: 1 })).toBe(
    "3 passed, 0 failed, 3 skipped",
  );
});

test("a file that could not be collected is a failure, though none of its tests ran", () => {
  const testResults = [...report.testResults, { status: "failed", assertionResults: [] }];
  expect(closingLine({ ...report, testResults })).toBe("3 passed, 1 failed");
});

test.each([
  ["npm error code ENOTFOUND\nnpm error syscall getaddrinfo", "ENOTFOUND"],
  ["Error: ERR_PNPM_META_FETCH_FAIL\n  × installing dependencies", "ERR_PNPM_META_FETCH_FAIL"],
])("no network is said in one sentence", (output, code) => {
  expect(unreachable(output)).toBe(
    `The npm registry could not be reached (${code}): check the network or the proxy, then run this again.`,
  );
  expect(unreachable("npm error code E404")).toBeUndefined();
});

test("an unknown task is answered with the known ones, without a stack trace", () => {
  const { status, stderr } = spawnSync(process.execPath, ["scripts/run.mjs", "dmeo"], {
    cwd: root,
    encoding: "utf8",
  });
  expect(stderr).toBe("Say what to run: node scripts/run.mjs demo|test\n");
  expect(status).toBe(2);
});
