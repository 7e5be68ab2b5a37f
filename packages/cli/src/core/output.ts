import { styleText } from "node:util";

type Style = "red" | "yellow" | "green" | "cyan" | "dim" | "bold";

export interface OutputOptions {
  /** One JSON object a line, on standard output, also for what would go to standard error. */
  readonly json?: boolean | undefined;
  /** Says nothing on standard error. */
  readonly quiet?: boolean | undefined;
}

/**
 * Where a command writes: its result goes to standard output, what it has to say beside it to standard error.
 * Colour is for terminals only, and so is nothing else: what a server sends cannot steer a terminal.
 */
export class Output {
  readonly json: boolean;
  readonly #quiet: boolean;
  /** The program that reads standard output has left. */
  #left = false;

  constructor({ json = false, quiet = false }: OutputOptions = {}) {
    this.json = json;
    this.#quiet = quiet;
    process.stdout.on("error", this.#failed);
    process.stderr.on("error", () => undefined);
  }

  /** Whether nobody reads standard output any more. */
  get left(): boolean {
    return this.#left;
  }

  /** Writes to standard output. Resolves when the system has it. */
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

  /** Says something beside the result: as a line for people, or as a record. */
  say(kind: string, fields: object, text: string, style: Style = "dim"): void {
    if (this.json) void this.record(kind, fields);
    else if (!this.#quiet)
      process.stderr.write(`${this.style(style, printable(text), "stderr")}\n`);
  }

  /** Text in a colour, if that output is a terminal that wants it. */
  style(style: Style, text: string, to: "stdout" | "stderr" = "stdout"): string {
    const stream = process[to];
    return stream.isTTY ? styleText(style, text, { stream }) : text;
  }

  readonly #failed = (error: NodeJS.ErrnoException): void => {
    if (error.code !== "EPIPE") throw error;
    this.#left = true;
    this.onLeft();
  };

  /** Called when the program that reads standard output has left, as `head` does. */
  onLeft: () => void = () => undefined;
}

// oxlint-disable-next-line no-control-regex -- these are what is looked for
const controls = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f]/g;

/** Text without the characters that steer a terminal: they are shown as their codes. */
export const printable = (text: string): string =>
  text.replaceAll(controls, (each) => `\\x${each.charCodeAt(0).toString(16).padStart(2, "0")}`);
