import { readFileSync } from "node:fs";
import { isStarted, root } from "./source.mjs";

/**
 * How many tests passed, failed and were skipped, and a line for each that failed, and for each that passed only on a
 * second try.
 *
 * @typedef {{
 *   passed: number,
 *   failed: number,
 *   skipped: number,
 *   failures: string[],
 *   secondTries: string[],
 * }} Counts
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
 *   testResults: TestFile[],
 * }} report
 * @param {{ secondTries: string[], errors: string[] }} [beside]
 * @returns {Counts}
 */
export function countsOf(report, { secondTries, errors } = { secondTries: [], errors: [] }) {
  const uncollected = report.testResults.filter(isUncollected);
  return {
    passed: report.numPassedTests,
    failed: report.numFailedTests + uncollected.length + errors.length,
    skipped: report.numPendingTests + report.numTodoTests,
    failures: [
      ...uncollected.map(({ name, message }) => failureLine(name, message)),
      ...report.testResults.flatMap(({ name, assertionResults }) =>
        assertionResults
          .filter(({ status }) => status === "failed")
          .map((test) => failureLine(`${name}: ${test.fullName}`, test.failureMessages?.[0])),
      ),
      ...errors,
    ],
    secondTries,
  };
}

/**
 * What vitest reports of one file.
 *
 * @typedef {{
 *   name: string,
 *   status: string,
 *   message?: string,
 *   assertionResults: { status: string, fullName: string, failureMessages?: string[] }[],
 * }} TestFile
 */

/** @param {TestFile} file */
function isUncollected(file) {
  return file.status === "failed" && file.assertionResults.length === 0;
}

/**
 * Where, and the first line of why.
 *
 * @param {string} where
 * @param {string} [why]
 */
export function failureLine(where, why = "") {
  return `${where.replace(root, "")}: ${why.trim().split("\n", 1)[0]}`;
}

/**
 * What is to be read beside the numbers.
 *
 * @param {Counts[]} all
 */
export function linesOf(all) {
  return [
    ...all
      .flatMap(({ secondTries }) => secondTries)
      .map((line) => `Passed on a second try: ${line}`),
    ...all.flatMap(({ failures }) => failures).map((line) => `Failed: ${line}`),
  ];
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
    const failures = [`${file}: there is no such report`];
    return { passed: 0, failed: 1, skipped: 0, failures, secondTries: [] };
  }
}

if (isStarted(import.meta.url)) {
  const all = process.argv.slice(2).map(readCounts);
  for (const line of linesOf(all)) console.log(line);
  console.log(closingLine(all));
  if (all.some(({ failed }) => failed > 0)) process.exitCode = 1;
}
