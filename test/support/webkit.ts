// WebKit as Debian ships it: WebKitGTK's MiniBrowser, driven by WebKitWebDriver (apt-get install webkit2gtk-driver xvfb).
import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { globSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import { ownPort } from "./port.ts";
import { which } from "./which.ts";

const driver = which("WebKitWebDriver");
const screen = which("Xvfb");

/** Its browser, or none. */
export function findWebKit(): string | undefined {
  if (driver === undefined || screen === undefined) return undefined;
  return globSync("/usr/{lib,libexec}/{,*/}webkit2gtk-4.*/MiniBrowser")[0];
}

/** A browser of its own, with one window. */
export class WebKit {
  readonly #processes: readonly ChildProcess[];
  readonly #session: string;

  private constructor(processes: readonly ChildProcess[], session: string) {
    this.#processes = processes;
    this.#session = session;
  }

  static async start(binary: string): Promise<WebKit> {
    const display = `:${100 + (process.pid % 1000) + Math.floor(Math.random() * 10_000)}`;
    const port = await ownPort();
    const options = { stdio: "ignore", env: { ...process.env, DISPLAY: display } } as const;
    const processes = [
      spawn(screen!, [display, "-nolisten", "tcp"], options),
      spawn(driver!, [`--port=${port}`], options),
    ];
    const url = `http://127.0.0.1:${port}`;
    for (let tries = 0; !(await isReady(url)); tries++) {
      if (tries > 200) throw new Error("WebKitWebDriver does not answer.");
      await sleep(50);
    }
    const capabilities = {
      alwaysMatch: { "webkitgtk:browserOptions": { binary, args: ["--automation"] } },
    };
    const { sessionId } = (await post(`${url}/session`, { capabilities })) as { sessionId: string };
    return new WebKit(processes, `${url}/session/${sessionId}`);
  }

  /** Goes to a page; resolves when it has loaded. */
  async open(url: string): Promise<void> {
    await post(`${this.#session}/url`, { url });
  }

  async back(): Promise<void> {
    await post(`${this.#session}/back`, {});
  }

  /** The value of an expression in the page; of what a promise resolves with. */
  async evaluate<T>(expression: string): Promise<T> {
    const script = `const done = arguments[arguments.length - 1];
      Promise.resolve().then(() => (${expression})).then(
        (value) => done({ value }), (error) => done({ error: String(error) }));`;
    const result = (await post(`${this.#session}/execute/async`, { script, args: [] })) as {
      value: T;
      error?: string;
    };
    if (result.error !== undefined) throw new Error(result.error);
    return result.value;
  }

  /** Opens a tab in front of the others, and goes on there; the handle of a tab goes back to it. */
  async tab(handle?: string): Promise<string> {
    const next =
      handle ??
      ((await post(`${this.#session}/window/new`, { type: "tab" })) as { handle: string }).handle;
    await post(`${this.#session}/window`, { handle: next });
    return next;
  }

  /** Closes the tab in front. */
  async closeTab(): Promise<void> {
    await fetch(`${this.#session}/window`, { method: "DELETE" });
  }

  /** The tab in front. */
  async handle(): Promise<string> {
    return (await get(`${this.#session}/window`)) as string;
  }

  async close(): Promise<void> {
    await fetch(this.#session, { method: "DELETE" }).catch(() => undefined);
    for (const child of this.#processes) {
      if (child.exitCode !== null) continue;
      child.kill();
      await once(child, "exit");
    }
  }
}

async function isReady(url: string): Promise<boolean> {
  try {
    return ((await get(`${url}/status`)) as { ready: boolean }).ready;
  } catch {
    return false;
  }
}

const get = async (url: string): Promise<unknown> => valueOf(await fetch(url));

const post = async (url: string, body: unknown): Promise<unknown> =>
  valueOf(await fetch(url, { method: "POST", body: JSON.stringify(body) }));

async function valueOf(response: Response): Promise<unknown> {
  const { value } = (await response.json()) as { value: unknown };
  if (!response.ok) throw new Error(`WebDriver: ${JSON.stringify(value)}`);
  return value;
}
