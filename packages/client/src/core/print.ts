/** The last resort for errors without a listener: reports one where uncaught errors go. */
export function print(error: Error): void {
  const { reportError } = globalThis as { reportError?: (error: unknown) => void };
  // Node has no reportError, and silence would hide a bug in the user's code.
  if (reportError) reportError(error);
  // oxlint-disable-next-line no-console -- the last resort
  else console.error(error);
}
