import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { connect, createServer, type Socket } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, describe, expect, test } from "vitest";
import { createAuthority } from "../support/certificates.ts";
import { listen, openStream, serve } from "../support/server.ts";

// Children take their time and wait a lot: they run side by side, and are cleaned up after all of them.
const cleanups: (() => unknown)[] = [];
const atEnd = (cleanup: () => unknown): void => void cleanups.push(cleanup);
afterAll(() => Promise.all(cleanups.map((cleanup) => cleanup())));

/** A process of its own that does something with a feed and says how far it is. */
class Child {
  output = "";
  exit: { readonly code: number | null; readonly at: number } | undefined;
  readonly #process: ChildProcess;

  constructor(code: string) {
    const program = `
import { Feed } from "@steadfeed/client";
const say = (text) => process.stdout.write(text + "\\n");
${code}
`;
    this.#process = spawn(process.execPath, ["--input-type=module", "--eval", program], {
      stdio: ["ignore", "pipe", "pipe"],
      env: { ...process.env, NODE_OPTIONS: "" },
    });
    const read = (text: string): void => void (this.output += text);
    this.#process.stdout!.setEncoding("utf8").on("data", read);
    this.#process.stderr!.setEncoding("utf8").on("data", read);
    this.#process.on("close", (exitCode) => {
      this.exit = { code: exitCode, at: performance.now() };
    });
    atEnd(() => void this.#process.kill("SIGKILL"));
  }

  signal(name: NodeJS.Signals): void {
    this.#process.kill(name);
  }

  async said(text: string): Promise<void> {
    while (!this.output.includes(`${text}\n`) && !this.exit) await sleep(5);
  }

  /** Whether it goes on, although nothing but its feed keeps it. */
  async later(): Promise<string> {
    await sleep(250);
    return this.exit ? `it has ended: ${this.output}` : "alive";
  }

  /** How it ended once it had said that it would: by itself, in order, in silence, and how soon. */
  async end(after: string): Promise<string> {
    await this.said(after);
    const since = performance.now();
    while (!this.exit) await sleep(5);
    const { code, at } = this.exit;
    if (code !== 0) return `with code ${code}: ${this.output}`;
    if (!this.output.endsWith(`${after}\n`)) return `with more to say: ${this.output}`;
    // On a busy machine. undici would keep a socket for 4 s, and go on connecting for 10 s.
    return at - since < 3000 ? "at once" : `after ${at - since} ms`;
  }
}

const closedPort = 'const url = "http://127.0.0.1:1/";';

const quiet = (): ReturnType<typeof serve> =>
  serve((_, response) => void openStream(response).write("id: 1\ndata: 1\n\n"), { atEnd });

/** A server that writes more than any buffer takes. */
const flood = (): ReturnType<typeof serve> =>
  serve(
    (_, response) => {
      openStream(response);
      const events = "data: x\n\n".repeat(10_000);
      const write = (): void => {
        while (!response.destroyed && response.write(events));
        response.once("drain", write);
      };
      write();
    },
    { atEnd },
  );

/** A server that takes connections and says nothing, not even a handshake's part. */
async function silent(): Promise<number> {
  const sockets = new Set<Socket>();
  const server = createServer((socket) => void sockets.add(socket.on("error", () => undefined)));
  atEnd(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  return listen(server);
}

/** A port that does not even take connections: its process is stopped, and its backlog is full. */
async function blackHole(): Promise<number> {
  const program = `
const server = require("node:net").createServer().listen(0, "127.0.0.1", 1, () => {
  console.log(server.address().port);
});`;
  const stopped = spawn(process.execPath, ["--eval", program], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  atEnd(() => void stopped.kill("SIGKILL"));
  const [port] = await once(stopped.stdout, "data");
  stopped.kill("SIGSTOP");
  for (let each = 0; each < 4; each++) {
    const socket = connect(Number(port), "127.0.0.1").on("error", () => undefined);
    atEnd(() => void socket.destroy());
  }
  await sleep(50);
  return Number(port);
}

describe.concurrent("a process is kept alive by", () => {
  test("a feed that is open, however quiet the server", async () => {
    const { url } = await quiet();
    const child = new Child(`
      new Feed("${url}").subscribe("message", () => say("open"));
    `);
    await child.said("open");
    expect(await child.later()).toBe("alive");
  });

  test("a feed that waits to retry", async () => {
    const child = new Child(`
      ${closedPort}
      const feed = new Feed(url, { retry: { initialDelayMs: 60_000 } });
      feed.on("waiting", () => say("waiting"));
      feed.subscribe("message");
    `);
    await child.said("waiting");
    expect(await child.later()).toBe("alive");
  });

  test("a feed that is paused", async () => {
    const { url } = await quiet();
    const child = new Child(`
      const feed = new Feed("${url}");
      feed.subscribe("message", () => {
        feed.pause();
        say("paused");
      });
    `);
    await child.said("paused");
    expect(await child.later()).toBe("alive");
  });

  test("a feed whose socket a slow loop has paused", async () => {
    const { url } = await flood();
    const child = new Child(`
      const feed = new Feed("${url}");
      feed.on("slow", () => say("slow"));
      for await (const event of feed) await new Promise(() => {});
    `);
    await child.said("slow");
    expect(await child.later()).toBe("alive");
  });

  test.runIf(process.platform !== "win32")(
    "a feed whose socket a slow loop has paused, and a reset during the pause is noticed when it resumes",
    async () => {
      const asked: (string | undefined)[] = [];
      const { url, sockets } = await serve(
        (request, response) => {
          const lastEventId = request.headers["last-event-id"] as string | undefined;
          asked.push(lastEventId);
          openStream(response);
          let id = Number(lastEventId ?? 0);
          const write = (): void => {
            while (!response.destroyed && response.write(`id: ${++id}\ndata: ${id}\n\n`));
            response.once("drain", write);
          };
          write();
        },
        { atEnd },
      );
      // Neither a signal nor its handler keeps a process.
      const child = new Child(`
        const feed = new Feed("${url}", { retry: { initialDelayMs: 1 } });
        const signalled = new Promise((resolve) => process.on("SIGUSR2", resolve));
        feed.on("slow", () => say("slow"));
        let last = 0;
        for await (const { data } of feed.subscribe("message")) {
          if (Number(data) !== ++last) throw new Error(data + " came after " + (last - 1));
          if (last === 1) await signalled;
          if (feed.stats.opened === 2) break;
        }
        say("resumed");
      `);
      await child.said("slow");
      await child.later();
      expect(asked).toHaveLength(1);
      for (const socket of sockets) socket.resetAndDestroy();
      expect(await child.later()).toBe("alive");
      child.signal("SIGUSR2");
      await child.said("resumed");
      expect(child.output).toMatch(/^slow\n(slow\n)*resumed\n$/);
      expect(asked).toEqual([undefined, expect.any(String)]);
    },
  );
});

describe.concurrent("with ref: false a process ends although a feed", () => {
  test("waits to retry", async () => {
    const child = new Child(`
      ${closedPort}
      const feed = new Feed(url, { ref: false, retry: { initialDelayMs: 60_000 } });
      feed.on("waiting", () => say("waiting"));
      feed.subscribe("message", () => {});
    `);
    expect(await child.end("waiting")).toBe("at once");
  });

  test("is paused", async () => {
    const { url } = await quiet();
    const child = new Child(`
      const feed = new Feed("${url}", { ref: false });
      const alive = setInterval(() => {}, 1000);
      feed.subscribe("message", () => {
        feed.pause();
        clearInterval(alive);
        say("paused");
      });
    `);
    expect(await child.end("paused")).toBe("at once");
  });

  test.each([
    ["is open, and watched by idleMs", "timeouts: { idleMs: 60_000 }", ""],
    ["lingers", "lingerMs: 60_000", "subscription.close();"],
  ])("%s", async (_, options, then) => {
    const { url } = await quiet();
    const child = new Child(`
      const feed = new Feed("${url}", { ref: false, ${options} });
      const alive = setInterval(() => {}, 1000);
      const subscription = feed.subscribe("message", () => {
        ${then}
        clearInterval(alive);
        say("open");
      });
    `);
    expect(await child.end("open")).toBe("at once");
  });

  test("is open over HTTP/2", async () => {
    const authority = createAuthority();
    const { url } = await serve((_, response) => void openStream(response).write("data: 1\n\n"), {
      atEnd,
      http2: true,
      tls: authority.issue(),
    });
    const child = new Child(`
      const tls = ${JSON.stringify({ ca: authority.cert })};
      const feed = new Feed("${url}", { ref: false, node: { tls } });
      const alive = setInterval(() => {}, 1000);
      feed.subscribe("message", () => {
        clearInterval(alive);
        say("open");
      });
    `);
    expect(await child.end("open")).toBe("at once");
  });

  test("waits for a response head, with a headersMs limit", async () => {
    const port = await silent();
    const child = new Child(`
      const feed = new Feed("http://127.0.0.1:${port}/", { ref: false, timeouts: { headersMs: 60_000 } });
      feed.subscribe("message", () => {});
      setTimeout(() => say("asked"), 100);
    `);
    expect(await child.end("asked")).toBe("at once");
  });
});

describe.concurrent("close() lets a process end at once, while the feed", () => {
  test.each(["", "{ fetch }"])("is open (options: %s)", async (options) => {
    const { url } = await quiet();
    const child = new Child(`
      const feed = new Feed("${url}"${options && `, ${options}`});
      feed.subscribe("message", () => {
        feed.close();
        say("closed");
      });
    `);
    expect(await child.end("closed")).toBe("at once");
  });

  test("waits to retry", async () => {
    const child = new Child(`
      ${closedPort}
      const feed = new Feed(url, { retry: { initialDelayMs: 60_000 } });
      feed.subscribe("message");
      feed.on("waiting", () => setTimeout(() => {
        feed.close();
        say("closed");
      }, 20));
    `);
    expect(await child.end("closed")).toBe("at once");
  });

  test("is paused", async () => {
    const { url } = await quiet();
    const child = new Child(`
      const feed = new Feed("${url}");
      await feed.open();
      feed.pause();
      setTimeout(() => {
        feed.close();
        say("closed");
      }, 20);
    `);
    expect(await child.end("closed")).toBe("at once");
  });

  test("is paused by a slow loop", async () => {
    const { url } = await flood();
    const child = new Child(`
      const feed = new Feed("${url}");
      feed.on("slow", () => {
        feed.close();
        say("closed");
      });
      feed.subscribe("message");
    `);
    expect(await child.end("closed")).toBe("at once");
  });

  test.each(["http", "https"])("connects to a server that never answers (%s)", async (scheme) => {
    const child = new Child(`
      const feed = new Feed("${scheme}://127.0.0.1:${await silent()}/");
      feed.subscribe("message");
      setTimeout(() => {
        say(feed.state);
        feed.close();
        say("closed");
      }, 100);
    `);
    expect(await child.end("closed")).toBe("at once");
    expect(child.output).toContain("connecting");
  });

  test.runIf(process.platform === "linux")("connects to a black hole", async () => {
    const child = new Child(`
      const feed = new Feed("http://127.0.0.1:${await blackHole()}/");
      feed.subscribe("message");
      setTimeout(() => {
        say(feed.state);
        feed.close();
        say("closed");
      }, 100);
    `);
    expect(await child.end("closed")).toBe("at once");
    expect(child.output).toContain("connecting");
  });

  test("waits for a user's function that never settles", async () => {
    const child = new Child(`
      const feed = new Feed("http://127.0.0.1:1/", { token: () => new Promise(() => {}) });
      feed.subscribe("message");
      setTimeout(() => {
        feed.close();
        say("closed");
      }, 20);
    `);
    expect(await child.end("closed")).toBe("at once");
  });
});

describe.concurrent("nothing is left after", () => {
  test("a loop that breaks: the process ends without a close()", async () => {
    const { url } = await quiet();
    const child = new Child(`
      for await (const event of new Feed("${url}")) break;
      say("done");
    `);
    expect(await child.end("done")).toBe("at once");
  });

  test("a hundred feeds, opened and closed in all states: no socket, no timer, no rejection", async () => {
    const server = await quiet();
    const child = new Child(`
      const rest = () => process.getActiveResourcesInfo().filter((name) => !/Pipe|TTY|File/.test(name));
      for (let round = 0; round < 100; round++) {
        const url = round % 4 === 3 ? "http://127.0.0.1:1/" : "${server.url}";
        const feed = new Feed(url, round % 2 ? {} : { fetch, timeouts: { idleMs: 60_000 } });
        feed.open();
        void feed.status().next();
        const sub = feed.subscribe("message");
        const how = round % 5;
        if (how > 0) await feed.open().catch(() => {});
        if (how === 1) feed.pause();
        if (how === 2) feed.reconnect();
        if (how === 3) sub.close();
        feed.close();
        await feed.closed;
      }
      await new Promise((resolve) => setTimeout(resolve, 50));
      say("left: " + JSON.stringify(rest()));
      say("done");
    `);
    expect(await child.end("done")).toBe("at once");
    expect(child.output).toBe("left: []\ndone\n");
    expect(server.answering).toBe(0);
  });
});
