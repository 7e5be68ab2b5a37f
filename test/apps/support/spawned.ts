import { execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { promisify } from "node:util";
import { ownPort } from "../../support/port.ts";
import type { App } from "../serves.ts";

/** Builds an app by its own script. */
export const buildApp = (cwd: string): Promise<unknown> =>
  promisify(execFile)("pnpm", ["run", "build"], { cwd });

/** Starts what was built on a port that its environment names, and stops it by SIGTERM. */
export async function startApp(cwd: string, file: string): Promise<App> {
  const port = await ownPort();
  const url = `http://127.0.0.1:${port}`;
  const env = { ...process.env, PORT: String(port), HOST: "127.0.0.1", ORIGIN: url };
  const child = spawn(process.execPath, [file], { cwd, env, stdio: "inherit" });
  const exited = once(child, "exit");
  while (!(await answers(url))) await new Promise((resolve) => setTimeout(resolve, 50));
  return {
    url,
    close: async () => {
      child.kill("SIGTERM");
      await exited;
    },
  };
}

async function answers(url: string): Promise<boolean> {
  try {
    await fetch(url);
    return true;
  } catch {
    return false;
  }
}
