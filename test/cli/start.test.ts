// What every command has in common: help, mistakes, and how fast they come.
import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { run } from "../support/cli.ts";

const main = fileURLToPath(new URL("../../packages/cli/dist/main.js", import.meta.url));
const commands = ["doctor", "tail", "serve", "record", "replay", "break"];

test("--help names each command, and each command has its own help", async () => {
  const { code, stdout } = await run(["--help"]);
  expect(code).toBe(0);
  for (const command of commands) {
    expect(stdout).toContain(command);
    expect((await run([command, "--help"])).stdout).toContain(`Usage: steadfeed ${command}`);
  }
});

test.each([
  [["tial", "http://localhost"], "Did you mean tail?"],
  [["tail"], "missing required argument 'url'"],
  [["tail", "http://localhost", "--tokn", "x"], "Did you mean --token?"],
  [["tail", "ftp://localhost"], "Say a URL"],
  [["tail", "http://localhost", "--idle", "5"], "Say a time with its unit"],
  [["tail", "http://localhost", "--count", "0"], "Say a whole number from 1 on"],
  [["tail", "http://localhost", "--header", "nonsense"], 'A header is "Name: value"'],
  [["tail", "http://localhost", "--token", "@/no/such/file"], "/no/such/file cannot be read"],
  [["serve", "/no/such/file"], "The file /no/such/file does not exist"],
  [["serve", "-", "--loop"], "--loop needs a file"],
  [["record", "http://localhost", "--output", "/no/such/file"], "/no/such/file cannot be written"],
  [["tail", "http://localhost", "--cursor", "/no/such/file"], "The folder /no/such does not exist"],
  [["replay", "/no/such/file"], "/no/such/file cannot be read"],
  [["break", "http://localhost"], "Say what is to break"],
  [["break", "http://localhost", "--truncate", "somewhere"], "mid-event"],
  // A timer of the platform would end at once.
  [["tail", "http://localhost", "--for", "600h"], "a time of at most 596h"],
  [["tail", "http://localhost", "--rates", "600h"], "a time of at most 596h"],
  [["record", "http://localhost", "--for", "600h"], "a time of at most 596h"],
  [["doctor", "http://localhost", "--watch", "600h"], "a time of at most 596h"],
  [["doctor", "http://localhost", "--watch", "0s"], "1ms or more"],
  [["tail", "http://localhost", "--idle", "0s"], "1ms or more"],
  [["tail", "http://localhost", "--rates", "0s"], "1ms or more"],
  [["serve", main, "--heartbeat", "0s"], "1ms or more"],
  [["break", "http://localhost", "--drop", "600h"], "a time of at most 596h"],
  // Found by the packages below.
  [["tail", "http://localhost", "--method", "A B"], "method must be an HTTP method"],
  [["tail", "http://localhost", "--token", "Bearer x"], 'must not begin with "Bearer "'],
  [["tail", "http://localhost", "--proxy", "x"], "must be 'env' or a URL"],
  [["record", "http://localhost", "--proxy", "x"], "must be 'env' or a URL"],
  [["doctor", "http://localhost", "--proxy", "x"], "must be 'env' or a URL"],
  [["doctor", "http://localhost", "--origin", "x"], "an origin such as https://example.com"],
  [["serve", main, "--port", "0", "--cors", "x"], "must have origins"],
])("%j is explained as a mistake, with exit code 2", async (args, says) => {
  const { code, stdout, stderr } = await run(args);
  expect(stderr).toContain(says);
  expect(stderr).not.toContain("    at ");
  expect(stdout).toBe("");
  expect(code).toBe(2);
});

test("help and mistakes are printed within 150 ms of Node's own start, or of four such starts", () => {
  const timeOf = (...args: string[]): number => {
    const start = performance.now();
    spawnSync(process.execPath, args);
    return performance.now() - start;
  };
  const isQuick = (): boolean => {
    const bare = timeOf("--eval", "");
    const slowest = Math.max(timeOf(main, "--help"), timeOf(main, "tail", "--nonsense"));
    return slowest < Math.max(bare + 150, 4 * bare);
  };
  // In a busy moment any process takes longer.
  expect(Array.from({ length: 15 }).some(isQuick)).toBe(true);
});
