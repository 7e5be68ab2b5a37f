/** Does a command's work, which resolves with its exit code. What it throws is reported. */
export type Act = (work: () => Promise<number>) => Promise<void>;
