import { readFileSync } from "node:fs";
import { isStarted } from "./source.mjs";

/**
 * How many tests passed, failed and were skipped.
 *
 * @typedef {{ passed: number, failed: number, skipped: number }} Counts
 */

/**
 * Counts the report that vitest writes as JSON. A file that could not even be collected counts as one failure: none of
 * its tests ran.
 *
 * @param {{
 *   numPassedTests: number,
 *   numFailedTests: number,
 *   numPendingTests: number,
 *   numTodoTests: number,
 *   testResults: { status: string, assertionResults: unknown[] }[],
 * }} report
 * @returns {Counts}
 */
export function countsOf(report) {
  const uncollected = report.testResults.filter(
    (file) => file.status === "failed" && file.assertionResults.length === 0,
  ).length;
  return {
    passed: report.numPassedTests,
    failed: report.numFailedTests + uncollected,
    skipped: report.numPendingTests + report.numTodoTests,
  };
}

/**
 * `N passed, N failed`, for all of these together. Skipped ones are named only when there are some.
 *
 * @param {Counts[]} all
 */
export function closingLine(all) {
  const sum = (/** @type {keyof Counts} */ key) =>
    all.reduce((total, counts) => total + counts[key], 0);
  const line = `${sum("passed")} passed, ${sum("failed")} failed`;
  return sum("skipped") > 0 ? `${line}, ${sum("skipped")} skipped` : line;
}

/**
 * The counts of one run. A run without counts ended too early, which is one failure.
 *
 * @param {string} file
 * @returns {Counts}
 */
export function readCounts(file) {
  try {
    return JSON.parse(readFileSync(file, "utf8"));
  } catch {
    return { passed: 0, failed: 1, skipped: 0 };
  }
}

if (isStarted(import.meta.url)) {
  const all = process.argv.slice(2).map(readCounts);
  console.log(closingLine(all));
  if (all.some(({ failed }) => failed > 0)) process.exitCode = 1;
}
