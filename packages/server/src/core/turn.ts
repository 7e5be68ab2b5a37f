/** Runs a function after this turn of the event loop, and after pending input and output. */
export function nextTurn(run: () => void): void {
  // Workers may have no `setImmediate`.
  if (typeof setImmediate === "function") setImmediate(run);
  else setTimeout(run, 0);
}
