// No phase without a timer: what is not answered is a timeout where there is a limit, and reported where there is none.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { connect, type LookupFunction, type Socket } from "node:net";
import { setImmediate as turn, setTimeout as sleep } from "node:timers/promises";
import { Feed, type FeedOptions, type StatusOf } from "@steadfeed/client";
import { describe, expect, onTestFinished, test, vi } from "vitest";
import { lastOf, statuses, until } from "../support/collect.ts";
import { heart } from "../support/heart.ts";
import { chunk, head, raw } from "../support/raw.ts";

const silent = (): void => undefined;

function feedOf(url: string, options: FeedOptions = {}) {
  const feed = new Feed(url, options);
  onTestFinished(() => feed.close());
  const told = statuses(feed);
  const data: string[] = [];
  feed.subscribe("*", (event) => void data.push(event.data));
  return { feed, told, data };
}

const transports: Record<string, FeedOptions> = {
  "our dispatcher": {},
  fetch: { fetch: globalThis.fetch },
};

describe.each(Object.entries(transports))("by %s", (_, by) => {
  test("idleMs counts from the request on: the first answer may never arrive", async () => {
    const port = await raw(silent);
    const { told } = feedOf(`http://127.0.0.1:${port}/`, { ...by, timeouts: { idleMs: 200 } });
    await until(() => expect(lastOf(told, "waiting").error.code).toBe("timeout"));
  });

  test("nor may the answer of the second connection", async () => {
    const port = await raw((socket, __, number) => {
      if (number === 1) socket.end(`${head("Content-Length: 9")}data: 1\n\n`);
    });
    const { told, data } = feedOf(`http://127.0.0.1:${port}/`, {
      ...by,
      timeouts: { idleMs: 1000 },
      retry: { initialDelayMs: 10 },
    });
    await until(() => expect(lastOf(told, "waiting").error.code).toBe("timeout"));
    expect(data).toEqual(["1"]);
  });

  test("our own computation is not the server's silence", async () => {
    const { feed, told } = feedOf(await heart(100), { ...by, timeouts: { idleMs: 700 } });
    await until(() => expect(feed.state).toBe("open"));
    for (let round = 0; round < 2; round++) {
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 1500);
      await sleep(150);
    }
    expect(told.map(({ kind }) => kind)).toEqual(["connecting", "open"]);
  });
});

test("neither is a pause of the whole process", async () => {
  const url = await heart(100);
  const source = `
    import { Feed } from "@steadfeed/client";
    const feed = new Feed("${url}", { timeouts: { idleMs: 700 } });
    feed.on("waiting", ({ error }) => console.log("waiting", error.code));
    feed.subscribe("message", () => console.log("open"));
  `;
  const child = spawn(process.execPath, ["--input-type=module", "-e", source]);
  onTestFinished(() => void child.kill("SIGKILL"));
  let said = "";
  child.stdout.on("data", (text) => (said += String(text)));
  await until(() => expect(said).toBe("open\n"));
  child.kill("SIGSTOP");
  await sleep(1500);
  child.kill("SIGCONT");
  await sleep(400);
  expect(said).toBe("open\n");
});

test("bytes that are not decompressed yet are a sign of life", async () => {
  const port = await raw(async (socket) => {
    socket.write(head("Content-Encoding: gzip", "Transfer-Encoding: chunked"));
    // A gzip header with a name that does not end.
    socket.write(chunk("\x1f\x8b\x08\x08\0\0\0\0\0\0"), "latin1");
    for (let n = 0; n < 6; n++) {
      await sleep(100);
      socket.write(chunk("name"));
    }
  });
  const { told } = feedOf(`http://127.0.0.1:${port}/`, { timeouts: { idleMs: 400 } });
  await sleep(700);
  expect(told.map(({ kind }) => kind)).toEqual(["connecting", "open"]);
});

/** A port whose queue of connections is full, so that Linux answers no other: its process stands still. */
async function full(): Promise<number> {
  const source = `
    const server = require("node:net").createServer();
    server.listen(0, "127.0.0.1", 1, () => console.log(server.address().port));
  `;
  const child = spawn(process.execPath, ["-e", source]);
  onTestFinished(() => void child.kill("SIGKILL"));
  const [said] = (await once(child.stdout, "data")) as [Buffer];
  child.kill("SIGSTOP");
  for (;;) {
    const socket = connect(Number(said), "127.0.0.1").on("error", () => undefined);
    onTestFinished(() => void socket.destroy());
    const waits = sleep(200, "full");
    if ((await Promise.race([once(socket, "connect"), waits])) === "full") return Number(said);
  }
}

const isLinux = process.platform === "linux";

describe("connectMs covers", () => {
  test.skipIf(!isLinux)("a connection that is not accepted", async () => {
    const { told } = feedOf(`http://127.0.0.1:${await full()}/`, { timeouts: { connectMs: 200 } });
    await until(() => expect(lastOf(told, "waiting").error.code).toBe("timeout"));
    expect(lastOf(told, "waiting").error.message).toContain("connect");
  });

  test("TLS that is not answered", async () => {
    const port = await raw(silent);
    const { told } = feedOf(`https://127.0.0.1:${port}/`, { timeouts: { connectMs: 200 } });
    await until(() => expect(lastOf(told, "waiting").error.code).toBe("timeout"));
    expect(lastOf(told, "waiting").error.message).toContain("tls");
  });

  test("a proxy that does not answer CONNECT", async () => {
    const port = await raw(silent);
    const { told } = feedOf("http://127.0.0.1:9/", {
      node: { proxy: `http://127.0.0.1:${port}` },
      timeouts: { connectMs: 200 },
    });
    await until(() => expect(lastOf(told, "waiting").error.code).toBe("timeout"));
    expect(lastOf(told, "waiting").error.message).toContain("proxy");
  });
});

describe("without a limit, a phase longer than 15 s is reported, and again every 60 s", () => {
  const noName: LookupFunction = () => undefined;
  const never = new Promise<never>(() => undefined);
  const open = (socket: Socket): unknown => socket.write(head());

  const phases: [string, string, FeedOptions][] = [
    ["dns", "http://feed.test:80/", { node: { tls: { lookup: noName } } }],
    ["connect", "http://127.0.0.1:FULL/", {}],
    ["tls", "https://127.0.0.1:PORT/", {}],
    ["proxy", "http://feed.test/", { node: { proxy: "http://127.0.0.1:PORT" } }],
    ["head", "http://127.0.0.1:PORT/", {}],
    ["request", "http://127.0.0.1:PORT/", { fetch: globalThis.fetch }],
    ["request", "http://127.0.0.1:PORT/", { token: () => never }],
    ["request", "http://127.0.0.1:PORT/", { store: { get: () => never, set: silent } }],
    ["head", "http://127.0.0.1:OPEN/", { validate: () => never }],
  ];

  // Other systems answer for a process that stands still.
  const here = phases.filter(([phase]) => isLinux || phase !== "connect");

  test.each(here)("%s of %s", async (phase, url, options) => {
    const play = url.includes("OPEN") ? open : silent;
    const port = await (url.includes("FULL") ? full() : raw(play));
    vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout", "performance"] });
    onTestFinished(() => void vi.useRealTimers());
    const { feed } = feedOf(url.replace(/PORT|FULL|OPEN/, String(port)), {
      ...options,
      timeouts: { connectMs: false },
      ...("proxy" in (options.node ?? {}) && {
        node: { proxy: options.node!.proxy!.replace("PORT", String(port)) },
      }),
    });
    const still: StatusOf<"still">[] = [];
    feed.on("still", (status) => void still.push(status));
    const pass = async (ms: number): Promise<void> => {
      for (let n = 0; n < 50; n++) await turn();
      vi.advanceTimersByTime(ms);
      for (let n = 0; n < 5; n++) await turn();
    };
    await pass(14_000);
    expect(still).toEqual([]);
    await pass(1500);
    expect(still).toMatchObject([{ phase }]);
    expect(still[0]!.forMs).toBeGreaterThanOrEqual(15_000);
    await pass(59_000);
    expect(still).toHaveLength(1);
    await pass(1500);
    expect(still).toMatchObject([{ phase }, { phase }]);
    expect(still[1]!.forMs).toBeGreaterThanOrEqual(75_000);
  });

  test("nothing is reported once the head has arrived", async () => {
    const port = await raw((socket) => socket.write(head()));
    vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout", "performance"] });
    onTestFinished(() => void vi.useRealTimers());
    const { feed, told } = feedOf(`http://127.0.0.1:${port}/`);
    while (feed.state !== "open") await turn();
    vi.advanceTimersByTime(200_000);
    await turn();
    expect(told.map(({ kind }) => kind)).toEqual(["connecting", "open"]);
  });

  test("keeps no process alive that has nothing else to do", async () => {
    const source = `
      import { Feed } from "@steadfeed/client";
      new Feed("http://x.test/", { fetch: () => new Promise(() => undefined) }).open();
    `;
    const child = spawn(process.execPath, ["--input-type=module", "-e", source]);
    onTestFinished(() => void child.kill("SIGKILL"));
    const [code] = (await once(child, "exit")) as [number];
    expect(code).toBe(0);
  });
});
