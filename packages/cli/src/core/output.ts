import { styleText } from "node:util";
import { exits } from "./exit.ts";
import { notWritten } from "./files.ts";

type Style = "red" | "yellow" | "green" | "cyan" | "dim" | "bold";

export interface OutputOptions {
  /** One JSON object a line, on standard output, also for messages that would go to standard error. */
  readonly json?: boolean | undefined;
  /** Prints nothing on standard error. */
  readonly quiet?: boolean | undefined;
}

/**
 * The output of a command: its result goes to standard output, other messages to standard error. Only terminals get
 * colour, and a server's data cannot control a terminal.
 */
export class Output {
  readonly json: boolean;
  readonly #quiet: boolean;
  /** The program that reads standard output has exited. */
  #left = false;

  constructor({ json = false, quiet = false }: OutputOptions = {}) {
    this.json = json;
    this.#quiet = quiet;
    process.stdout.on("error", this.#failed);
    process.stderr.on("error", () => undefined);
  }

  /** Whether the reader of standard output is gone. */
  get left(): boolean {
    return this.#left;
  }

  /** Writes to standard output. Resolves when the system has accepted it. */
  async write(text: string): Promise<void> {
    if (this.#left) return;
    await new Promise<void>((resolve) => {
      process.stdout.write(text, () => resolve());
    });
  }

  /** Writes one JSON object. */
  record(kind: string, fields: object): Promise<void> {
    return this.write(`${JSON.stringify({ kind, at: new Date().toISOString(), ...fields })}\n`);
  }

  /** Prints a message besides the result: as a line for people, or as a record. */
  say(kind: string, fields: object, text: string, style: Style = "dim"): void {
    if (this.json) void this.record(kind, fields);
    else if (!this.#quiet)
      process.stderr.write(`${this.style(style, printable(text), "stderr")}\n`);
  }

  /** Text in a colour, if that output is a terminal with colours. */
  style(style: Style, text: string, to: "stdout" | "stderr" = "stdout"): string {
    const stream = process[to];
    return stream.isTTY ? styleText(style, text, { stream }) : text;
  }

  readonly #failed = (error: NodeJS.ErrnoException): void => {
    this.#left = true;
    if (error.code !== "EPIPE") {
      process.stderr.write(`steadfeed: ${notWritten("Standard output", error).message}\n`);
      process.exit(exits.failed);
    }
    this.onLeft();
  };

  /** Called when the program that reads standard output has exited, as `head` does. */
  onLeft: () => void = () => undefined;
}

// oxlint-disable-next-line no-control-regex -- these are what is looked for
const controls = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f]/g;

/** Text without control characters: they are shown as their codes. */
export const printable = (text: string): string =>
  text.replaceAll(controls, (each) => `\\x${each.charCodeAt(0).toString(16).padStart(2, "0")}`);
