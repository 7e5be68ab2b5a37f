/** The exit codes. After Ctrl-C a reading command ends with 130, and after SIGTERM with 143. */
export const exits = {
  /** Success. */
  done: 0,
  /** Failure: the message has the reason. */
  failed: 1,
  /** The arguments are invalid. */
  usage: 2,
  /** It ran, and found a problem: a fault of the stream, or with `--strict` a gap. */
  faulty: 3,
} as const;

/** A failure, as a sentence for the user. It is printed without a stack. */
export class Failure extends Error {
  override readonly name = "Failure";
  readonly exitCode: number;

  constructor(message: string, exitCode: number = exits.failed, cause?: unknown) {
    super(message, cause === undefined ? undefined : { cause });
    this.exitCode = exitCode;
  }
}
