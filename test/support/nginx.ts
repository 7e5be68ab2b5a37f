import { spawn, spawnSync, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { onTestFinished } from "vitest";
import { ownPort } from "./port.ts";

/** Whether there is an nginx to test with. */
export const hasNginx: boolean = spawnSync("nginx", ["-v"]).status === 0;

if (!hasNginx) {
  console.warn("Tests behind nginx are skipped: install nginx (on Debian: nginx-light).");
}

export interface Nginx {
  readonly url: string;
  /** As if the process were killed. */
  kill(): Promise<void>;
  /** Runs it again on the port it had. */
  restart(): Promise<void>;
}

/**
 * An nginx of the test's own in front of a server: `location` is what stands in its one location, beside `proxy_pass`.
 * By HTTP/1.0, its default for long, it holds back what it gets until a buffer is full.
 */
export async function nginxBefore(
  upstream: string,
  location = "",
  version: "1.0" | "1.1" = "1.1",
): Promise<Nginx> {
  const folder = mkdtempSync(join(tmpdir(), "nginx-"));
  const port = await ownPort();
  const paths = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"]
    .map((name) => `${name}_temp_path ${folder}/${name};`)
    .join("\n");
  writeFileSync(
    join(folder, "nginx.conf"),
    `daemon off; master_process off; pid ${folder}/pid; error_log ${folder}/error.log;
events {}
http {
  access_log off;
  ${paths}
  server {
    listen 127.0.0.1:${port};
    location / { proxy_pass ${upstream}; proxy_http_version ${version}; ${location} }
  }
}`,
  );
  let child: ChildProcess;
  const restart = async (): Promise<void> => {
    child = spawn("nginx", ["-p", folder, "-c", join(folder, "nginx.conf")], { stdio: "ignore" });
    while (child.exitCode === null && !(await answers(port))) await sleep(10);
    if (child.exitCode !== null) throw new Error(`nginx ended with ${child.exitCode}.`);
  };
  const kill = async (): Promise<void> => {
    if (child.exitCode !== null || child.signalCode !== null) return;
    const exit = once(child, "exit");
    child.kill("SIGKILL");
    await exit;
  };
  onTestFinished(async () => {
    await kill();
    rmSync(folder, { recursive: true, force: true });
  });
  await restart();
  return { url: `http://127.0.0.1:${port}/`, kill, restart };
}

async function answers(port: number): Promise<boolean> {
  const socket = connect(port, "127.0.0.1");
  try {
    await once(socket, "connect");
    return true;
  } catch {
    return false;
  } finally {
    socket.destroy();
  }
}
