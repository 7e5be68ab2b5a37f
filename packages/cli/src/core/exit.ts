/** What a command ends with. After Ctrl-C a command that reads ends with 130, and after SIGTERM with 143. */
export const exits = {
  /** It did what was asked. */
  done: 0,
  /** It could not: the message says why. */
  failed: 1,
  /** The arguments make no sense. */
  usage: 2,
  /** It ran, and found something that is wrong: a fault of the stream, or with `--strict` a gap. */
  faulty: 3,
} as const;

/** What went wrong, in a sentence for the user. It is printed without a stack. */
export class Failure extends Error {
  override readonly name = "Failure";
  readonly exitCode: number;

  constructor(message: string, exitCode: number = exits.failed, cause?: unknown) {
    super(message, cause === undefined ? undefined : { cause });
    this.exitCode = exitCode;
  }
}
