// Benchmarks are code too: each proves its work before it is timed, and that is tried here.
import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { expect, test } from "vitest";

test("every benchmark runs and delivers all of its events", async () => {
  const main = fileURLToPath(new URL("../../bench/main.ts", import.meta.url));
  const { stdout } = await promisify(execFile)(process.execPath, [main, "--smoke"]);
  for (const table of ["The client in Node", "Parsers", "Servers", "Fan-out", "Idle feeds"]) {
    expect(stdout).toContain(`${table}: all `);
  }
});
