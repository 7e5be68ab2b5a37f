import { writeFileSync } from "node:fs";
import { failureLine } from "./count.mjs";

/** Where the reporter writes. */
export const besideReport = "test-results/beside-report.json";

/**
 * A reporter of vitest's for what its JSON report leaves out: each test that passed only on its second try, with the
 * reason of its first failure, and errors that no test caught.
 */
export default class BesideReport {
  /** @type {string[]} */
  #lines = [];

  /** @param {import("vitest/node").TestCase} test */
  onTestCaseResult(test) {
    if (!test.diagnostic()?.flaky) return;
    const reason = test.attempts()[0]?.errors?.[0]?.message;
    this.#lines.push(failureLine(`${test.module.moduleId}: ${test.fullName}`, reason));
  }

  /**
   * @param {unknown} _modules
   * @param {readonly { message: string }[]} unhandled
   */
  onTestRunEnd(_modules, unhandled) {
    const errors = unhandled.map(({ message }) => failureLine("unhandled", message));
    writeFileSync(besideReport, JSON.stringify({ secondTries: this.#lines, errors }));
  }
}
