import { writeFileSync } from "node:fs";
import { failureLine } from "./count.mjs";

/** Where the reporter writes. */
export const secondTriesFile = "test-results/second-tries.json";

/** A reporter of vitest's: names each test that passed only on its second try, with the reason of its first failure. */
export default class SecondTries {
  /** @type {string[]} */
  #lines = [];

  /** @param {import("vitest/node").TestCase} test */
  onTestCaseResult(test) {
    if (!test.diagnostic()?.flaky) return;
    const reason = test.attempts()[0]?.errors?.[0]?.message;
    this.#lines.push(failureLine(`${test.module.moduleId}: ${test.fullName}`, reason));
  }

  onTestRunEnd() {
    writeFileSync(secondTriesFile, JSON.stringify(this.#lines));
  }
}
