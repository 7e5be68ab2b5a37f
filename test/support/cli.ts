import { spawn, type ChildProcessWithoutNullStreams } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { onTestFinished } from "vitest";

const main = fileURLToPath(new URL("../../packages/cli/dist/main.js", import.meta.url));

export interface Ended {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** A command line that runs, as its user would start it. It is killed when the test ends. */
export class Cli {
  readonly child: ChildProcessWithoutNullStreams;
  stdout = "";
  stderr = "";
  /** Its output is complete. */
  readonly #closed: Promise<unknown>;

  constructor(args: readonly string[], { env = {}, input = "" } = {}) {
    const clean = { ...process.env, NO_COLOR: undefined, FORCE_COLOR: undefined };
    this.child = spawn(process.execPath, [main, ...args], { env: { ...clean, ...env } });
    this.child.stdout.setEncoding("utf8").on("data", (text: string) => (this.stdout += text));
    this.child.stderr.setEncoding("utf8").on("data", (text: string) => (this.stderr += text));
    this.child.stdin.on("error", () => undefined);
    this.child.stdin.end(input);
    this.#closed = once(this.child, "close");
    onTestFinished(() => void this.child.kill("SIGKILL"));
  }

  /** Waits for it to end by itself, or by the signal. */
  async end(signal?: NodeJS.Signals): Promise<Ended> {
    if (signal) this.child.kill(signal);
    await this.#closed;
    return { code: this.child.exitCode, stdout: this.stdout, stderr: this.stderr };
  }

  /** The URL at which a command says that it listens. */
  async url(): Promise<string> {
    for await (const line of createInterface(this.child.stderr)) {
      const [url] =
        /http:\/\/127\.0\.0\.1:\d+\S*(?=\/| |:|$)/.exec(line.replace(/^.* at /, "")) ?? [];
      if (url !== undefined && line.includes(" at ")) return url.replace(/:$/, "");
    }
    throw new Error(`It does not listen: ${this.stderr}`);
  }
}

/** Runs a command to its end. */
export const run = (
  args: readonly string[],
  options?: { env?: object; input?: string },
): Promise<Ended> => new Cli(args, options).end();

/** The records of NDJSON. */
export const recordsOf = (text: string): Record<string, unknown>[] =>
  text
    .split("\n")
    .filter(Boolean)
    .map((line) => JSON.parse(line) as Record<string, unknown>);
