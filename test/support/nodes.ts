import { fork } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";

export interface NodeOptions {
  readonly url: string;
  readonly prefix?: string;
  readonly maxEvents?: number;
  readonly ringEvents?: number;
  readonly queueEvents?: number;
  readonly timeoutMs?: number;
  readonly absentMs?: number;
}

/** A server in a process of its own. */
export interface ServerNode {
  readonly url: string;
  /** Asks it something; see redis-node.ts. */
  ask<T = unknown>(method: string, ...args: unknown[]): Promise<T>;
  /** Whether it ended though nobody told it to. */
  readonly lost: () => string | undefined;
  freeze(): void;
  thaw(): void;
  kill(): Promise<void>;
}

const program = fileURLToPath(new URL("redis-node.ts", import.meta.url));

export async function startNode(options: NodeOptions): Promise<ServerNode> {
  const child = fork(program, [JSON.stringify(options)], {
    execArgv: ["--disable-warning=ExperimentalWarning"],
    stdio: ["ignore", "ignore", "pipe", "ipc"],
  });
  const pending = new Map<
    number,
    { readonly resolve: (value: unknown) => void; readonly reject: (error: Error) => void }
  >();
  let said = "";
  let ended: string | undefined;
  let expected = false;
  child.stderr!.on("data", (chunk: Buffer) => (said += chunk.toString()));
  child.on("exit", (code, signal) => {
    ended = `${code ?? signal}: ${said}`;
    for (const { reject } of pending.values()) reject(new Error(`the node ended with ${ended}`));
  });
  const port = await new Promise<number>((resolve, reject) => {
    child.once("exit", () => reject(new Error(`the node did not start: ${said}`)));
    child.on(
      "message",
      (message: { port?: number; id?: number; value?: unknown; error?: object }) => {
        if (message.port !== undefined) return resolve(message.port);
        const waiting = pending.get(message.id!);
        pending.delete(message.id!);
        if (message.error) waiting?.reject(Object.assign(new Error(), message.error));
        else waiting?.resolve(message.value);
      },
    );
  });
  let count = 0;
  return {
    url: `http://127.0.0.1:${port}/`,
    ask: <T>(method: string, ...args: unknown[]) =>
      new Promise<T>((resolve, reject) => {
        const id = count++;
        pending.set(id, { resolve: (value) => resolve(value as T), reject });
        child.send({ id, method, args }, (error) => error && reject(error));
      }),
    lost: () => (expected ? undefined : ended),
    freeze: () => void child.kill("SIGSTOP"),
    thaw: () => void child.kill("SIGCONT"),
    kill: async () => {
      expected = true;
      if (child.exitCode !== null || child.signalCode !== null) return;
      const exit = once(child, "exit");
      child.kill("SIGKILL");
      await exit;
    },
  };
}
