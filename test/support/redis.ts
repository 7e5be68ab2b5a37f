import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createClient } from "@redis/client";
import { ownPort } from "./port.ts";
import { which } from "./which.ts";

/** $REDIS_SERVER, else the one on the PATH, else none. */
export const redisServer: string | undefined = process.env["REDIS_SERVER"] ?? which("redis-server");

const make = (url: string) => createClient({ url });
export type Client = ReturnType<typeof make>;

export interface RedisOptions {
  /** Whether it keeps what it has when it is killed. Default: `false`. */
  readonly aof?: boolean;
  /** More of its options, as on the command line. */
  readonly args?: readonly string[];
}

/** A Redis of a test's own. */
export interface Redis {
  readonly port: number;
  readonly url: string;
  /** For redisLog, or for more connections. Not connected. `through`: the URL of what stands between. */
  client(through?: string): Client;
  /** One command, past everything that is tested. */
  call<T = unknown>(...args: string[]): Promise<T>;
  /** As if its machine went off. */
  kill(): Promise<void>;
  /** Stands still: its sockets stay, and nothing answers. */
  freeze(): void;
  thaw(): void;
  /** Starts it again, on the same port and folder. */
  start(): Promise<void>;
  /** For good. */
  remove(): Promise<void>;
}

export async function startRedis(options: RedisOptions = {}): Promise<Redis> {
  const folder = mkdtempSync(join(tmpdir(), "steadfeed-redis-"));
  const port = await ownPort();
  const url = `redis://127.0.0.1:${port}`;
  let child: ChildProcess;
  let admin: Client | undefined;

  const start = async (): Promise<void> => {
    const args = ["--port", String(port), "--bind", "127.0.0.1", "--dir", folder, "--save", ""];
    args.push("--enable-debug-command", "yes", "--repl-diskless-sync-delay", "0");
    if (options.aof) args.push("--appendonly", "yes", "--appendfsync", "always");
    child = spawn(redisServer ?? "redis-server", [...args, ...(options.args ?? [])], {
      stdio: "ignore",
    });
    const own = child;
    const along = (): void => void own.kill("SIGKILL");
    process.once("exit", along);
    own.once("exit", () => process.off("exit", along));
    await connected();
  };
  const connected = async (): Promise<Client> => {
    if (admin?.isReady) return admin;
    admin?.destroy();
    for (;;) {
      const client = make(url);
      client.on("error", () => undefined);
      try {
        await client.connect();
        await client.ping();
        admin = client;
        return client;
      } catch {
        client.destroy();
        await new Promise((resolve) => setTimeout(resolve, 50));
      }
    }
  };
  const stop = async (): Promise<void> => {
    admin?.destroy();
    admin = undefined;
    if (child.exitCode !== null || child.signalCode !== null) return;
    const exit = once(child, "exit");
    child.kill("SIGKILL");
    await exit;
  };
  await start();
  return {
    port,
    url,
    start,
    kill: stop,
    client: (through = url) => make(through),
    call: async <T>(...args: string[]) => (await connected()).sendCommand<T>(args),
    freeze: () => void child.kill("SIGSTOP"),
    thaw: () => void child.kill("SIGCONT"),
    remove: async () => {
      await stop();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
