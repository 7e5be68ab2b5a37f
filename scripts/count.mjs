/**
 * `N passed, N failed`, from the report that vitest writes as JSON. A file that could not even be collected counts as
 * one failure: none of its tests ran.
 *
 * @param {{
 *   numPassedTests: number,
 *   numFailedTests: number,
 *   numPendingTests: number,
 *   numTodoTests: number,
 *   testResults: { status: string, assertionResults: unknown[] }[],
 * }} report
 */
export function closingLine(report) {
  const uncollected = report.testResults.filter(
    (file) => file.status === "failed" && file.assertionResults.length === 0,
  ).length;
  const skipped = report.numPendingTests + report.numTodoTests;
  const line = `${report.numPassedTests} passed, ${report.numFailedTests + uncollected} failed`;
  return skipped > 0 ? `${line}, ${skipped} skipped` : line;
}
