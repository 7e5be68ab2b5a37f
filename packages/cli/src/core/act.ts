/** Runs a command, which resolves with its exit code. An error is reported. */
export type Act = (work: () => Promise<number>) => Promise<void>;
