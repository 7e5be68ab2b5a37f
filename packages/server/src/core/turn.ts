/** Runs something once the present turn, and the input and output that wait behind it, are done. */
export function nextTurn(run: () => void): void {
  // Workers may have no setImmediate.
  if (typeof setImmediate === "function") setImmediate(run);
  else setTimeout(run, 0);
}
