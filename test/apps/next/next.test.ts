import { execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { rm } from "node:fs/promises";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { afterAll, beforeAll } from "vitest";
import { serves, type App } from "../serves.ts";

const cwd = fileURLToPath(new URL(".", import.meta.url));
const next = fileURLToPath(new URL("node_modules/next/dist/bin/next", import.meta.url));
const env = { ...process.env, NEXT_TELEMETRY_DISABLED: "1", NEXT_MANUAL_SIG_HANDLE: "true" };

beforeAll(async () => {
  await promisify(execFile)(process.execPath, [next, "build"], {
    cwd,
    env: { ...env, NODE_ENV: "production" },
  });
}, 300_000);
afterAll(() => rm(`${cwd}.next`, { recursive: true, force: true }));

async function start(path: string): Promise<App> {
  const child = spawn(process.execPath, [next, "start", "-p", "0", "-H", "127.0.0.1"], {
    cwd,
    env: { ...env, NODE_ENV: "production" },
    stdio: ["ignore", "pipe", "inherit"],
  });
  const exited = once(child, "exit");
  const port = await new Promise<string>((resolve) => {
    createInterface(child.stdout).on("line", (line) => {
      const [, found] = /http:\/\/[^:]+:(\d+)/.exec(line) ?? [];
      if (found) resolve(found);
    });
  });
  return {
    url: `http://127.0.0.1:${port}${path}`,
    close: async () => {
      child.kill("SIGTERM");
      await exited;
    },
  };
}

serves("Next, routes of app/", () => start(""));
serves("Next, pages/api", () => start("/api"), { parsesAll: true });
serves("Next, pages/api without its body parser", () => start("/api/raw"));
