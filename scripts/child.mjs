import { spawn } from "node:child_process";
import { constants, setPriority } from "node:os";

/** The running children, and the signal that asked us to stop. */
const children = new Set();
let stopped;

/** From now on a signal to us goes to the child, and prevents later ones. */
export function passSignalsOn() {
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"]) process.on(signal, () => stop(signal));
  if (!process.env.npm_lifecycle_event) return;
  // npm stops its shell, and not the programs of the shell: a parent that is gone counts as a signal.
  const parent = process.ppid;
  const watch = setInterval(() => {
    if (process.ppid === parent) return;
    clearInterval(watch);
    stop("SIGTERM");
  }, 500).unref();
}

function stop(signal) {
  stopped ??= signal;
  if (children.size === 0) process.exit(128 + constants.signals[signal]);
  // A terminal gives Ctrl-C to the children itself: once is enough.
  if (signal === "SIGINT" && process.stdin.isTTY) return;
  for (const child of children) child.kill(signal);
}

/** Ends with one sentence, without a stack trace. */
export function die(sentence, code = 1) {
  console.error(sentence);
  process.exit(code);
}

/**
 * Runs one command to its end; on a signal we end after all of them, never before. With `quiet` its output is returned instead:
 * `stdout`, and `output` with its errors in between. With `nice` it leaves the cores to other commands. A missing command
 * has the code 127.
 */
export async function run(
  command,
  args,
  { env = process.env, quiet = false, shell = false, nice = false } = {},
) {
  const stdio = quiet ? ["ignore", "pipe", "pipe"] : "inherit";
  // Node warns about arguments with `shell`, so it is one line then. Ours need no quotes.
  const child = shell
    ? spawn([command, ...args].join(" "), { env, stdio, shell })
    : spawn(command, args, { env, stdio });
  children.add(child);
  if (nice && child.pid) setPriority(child.pid, constants.priority.PRIORITY_LOW);
  let stdout = "";
  let output = "";
  child.stdout?.setEncoding("utf8").on("data", (text) => {
    stdout += text;
    output += text;
  });
  child.stderr?.setEncoding("utf8").on("data", (text) => {
    output += text;
  });
  const [code, signal] = await new Promise((resolve) => {
    child.once("error", (error) => resolve([error.code === "ENOENT" ? 127 : 126, null]));
    child.once("close", (...end) => resolve(end));
  });
  children.delete(child);
  const end = code ?? 128 + constants.signals[signal];
  if (stopped && children.size === 0) process.exit(quiet ? 128 + constants.signals[stopped] : end);
  // Nothing more is started.
  if (stopped) await new Promise(() => undefined);
  return { code: end, stdout, output };
}
