import { execFile, spawn } from "node:child_process";
import { rm } from "node:fs/promises";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { diagnose } from "steadfeed";
import { afterAll, beforeAll, expect, test } from "vitest";

const cwd = fileURLToPath(new URL(".", import.meta.url));
const next = fileURLToPath(new URL("node_modules/next/dist/bin/next", import.meta.url));
const env = { ...process.env, NEXT_TELEMETRY_DISABLED: "1", NODE_ENV: "production" as const };

let stop: () => unknown = () => undefined;
let url = "";

beforeAll(async () => {
  await promisify(execFile)(process.execPath, [next, "build"], { cwd, env });
  const started = spawn(process.execPath, [next, "start", "-p", "0", "-H", "127.0.0.1"], {
    cwd,
    env,
    stdio: ["ignore", "pipe", "inherit"],
  });
  stop = () => started.kill("SIGKILL");
  url = await new Promise<string>((resolve) => {
    createInterface(started.stdout).on("line", (line) => {
      const [, port] = /http:\/\/[^:]+:(\d+)/.exec(line) ?? [];
      if (port) resolve(`http://127.0.0.1:${port}`);
    });
  });
  // Next loads a route with its first request, which is no fault of the route.
  for (const path of ["/recipe", "/gathered", "/api/held"]) {
    await (await fetch(url + path)).body?.cancel();
  }
}, 300_000);

afterAll(async () => {
  stop();
  await rm(`${cwd}.next`, { recursive: true, force: true });
});

/** The findings that are neither fine nor a mere note, each as `level check: text`. */
async function badAt(path: string): Promise<string[]> {
  const { findings } = await diagnose(url + path, { watchMs: 3000 });
  return findings
    .filter(({ level }) => level === "fault" || level === "risk")
    .map(({ level, check, says, fix = "" }) => `${level} ${check}: ${says} ${fix}`);
}

test("the recipe for app/ routes streams, and has no ids", async () => {
  expect(await badAt("/recipe")).toEqual([expect.stringMatching(/^fault ids: Events have no id/)]);
});

test("a route that returns after writing everything does not stream", async () => {
  expect(await badAt("/gathered")).toContainEqual(
    expect.stringMatching(/^fault buffering: All 6 events came at once/),
  );
});

test("pages/api behind Next's compression is not flushed", async () => {
  expect(await badAt("/api/held")).toContainEqual(
    expect.stringMatching(
      /^fault compression: Compressed \(gzip\) not one event came.*no-transform/,
    ),
  );
});
