/** Runs something after this turn of the event loop, and after the input and output that is due. */
export function nextTurn(run: () => void): void {
  // Workers may have no setImmediate.
  if (typeof setImmediate === "function") setImmediate(run);
  else setTimeout(run, 0);
}
