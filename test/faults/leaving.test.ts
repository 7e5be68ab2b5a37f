import { spawn } from "node:child_process";
import { getEventListeners, once } from "node:events";
import { setTimeout as sleep } from "node:timers/promises";
import type { Feed, FeedOptions } from "@steadfeed/client";
import { describe, expect, test } from "vitest";
import { until } from "../support/collect.ts";
import { feedOf, transports } from "../support/feeds.ts";
import { playing, playLog, reports } from "../support/play.ts";

describe.each(transports)(
  "a one-shot feed is closed once its last consumer left, by %s",
  (_, options) => {
    const leave: [string, (feed: Feed) => unknown][] = [
      ["break", breakAt1],
      [
        "return()",
        async (feed) => {
          const subscription = feed.subscribe("message");
          await subscription.next();
          await subscription.return();
        },
      ],
      ["once()", (feed) => feed.once("message")],
      [
        "close() of a callback's subscription",
        async (feed) => {
          const got = await new Promise((settle) => {
            const subscription = feed.subscribe("message", (event) => {
              subscription.close();
              settle(event);
            });
          });
          return got;
        },
      ],
      [
        "an aborted signal of its subscription",
        async (feed) => {
          const aborter = new AbortController();
          const subscription = feed.subscribe("message", { signal: aborter.signal });
          await subscription.next();
          aborter.abort();
        },
      ],
    ];
    test.each(leave)("%s", async (_how, act) => {
      const { url } = await playLog(3);
      const feed = feedOf(url, { ...options, retry: false });
      await act(feed);
      await until(() => expect(feed.state).toBe("closed"));
      expect(await feed.closed).toMatchObject({ reason: "closed" });
    });

    test("not before: another consumer still reads", async () => {
      const { url } = await playLog(3);
      const feed = feedOf(url, { ...options, retry: false });
      const data: string[] = [];
      feed.subscribe("*", (event) => void data.push(event.data));
      await breakAt1(feed);
      await until(() => expect(data).toEqual(["1", "2", "3"]));
      expect(feed.state).toBe("open");
    });
  },
);

describe("an app-wide signal keeps no listener of", () => {
  const listeners = (signal: AbortSignal): number => getEventListeners(signal, "abort").length;

  test("a subscription that left in any way", async () => {
    const { signal } = new AbortController();
    const { url } = await playLog(3);
    const feed = feedOf(url, {});
    feed.subscribe("*", () => undefined);
    for await (const _ of feed.subscribe("message", { signal })) break;
    await expect(feed.once("message", { signal, timeoutMs: 5 })).rejects.toThrow(/within/);
    feed.subscribe("message", () => undefined, { signal }).close();
    const last = feed.subscribe("message", { signal });
    feed.close();
    await last.return();
    expect(listeners(signal)).toBe(0);
  });

  test("a feed that is closed", async () => {
    const { signal } = new AbortController();
    for (const { url } of [
      await playLog(1),
      await playing((script) => script.answer({ status: 404 }).end()),
    ]) {
      const feed = feedOf(url, { signal });
      await feed
        .subscribe("*")
        .next()
        .catch(() => undefined);
      feed.close();
    }
    expect(listeners(signal)).toBe(0);
  });

  test.each<[string, FeedOptions]>([
    ["a feed without subscribers", {}],
    ["a one-shot feed without subscribers", { retry: false }],
  ])("%s", async (_, options) => {
    const { signal } = new AbortController();
    const { url } = await playLog(3);
    for (let count = 0; count < 20; count++) await breakAt1(feedOf(url, { ...options, signal }));
    await until(() => expect(listeners(signal)).toBe(0));
  });

  test("and a feed that was idle when it aborted is closed for the next subscriber", async () => {
    const aborter = new AbortController();
    const server = await playLog(3);
    const feed = feedOf(server.url, { signal: aborter.signal });
    await breakAt1(feed);
    aborter.abort();
    expect(await feed.subscribe("message").next()).toMatchObject({ done: true });
    expect(await feed.closed).toMatchObject({ reason: "aborted" });
    expect(server.requests).toHaveLength(1);
  });

  test("a listener that was removed, or that the signal removed", async () => {
    const aborter = new AbortController();
    const { url } = await playLog(1);
    const feed = feedOf(url, {});
    let calls = 0;
    const count = (): number => calls++;
    feed.on("open", count, { signal: aborter.signal })();
    expect(listeners(aborter.signal)).toBe(0);
    feed.on("connecting", count, { signal: aborter.signal });
    feed.on("open", count, { signal: AbortSignal.abort() });
    aborter.abort();
    await feed.open();
    expect([calls, listeners(aborter.signal)]).toEqual([0, 0]);
  });
});

describe("a separate process", () => {
  const ends = async (program: string): Promise<{ code: unknown; output: string }> => {
    const child = spawn(process.execPath, ["--input-type=module", "--eval", program], {
      env: { ...process.env, NODE_OPTIONS: "" },
      stdio: ["ignore", "pipe", "pipe"],
    });
    let output = "";
    for (const stream of [child.stdout, child.stderr])
      stream.setEncoding("utf8").on("data", (text: string) => void (output += text));
    const kill = setTimeout(() => child.kill("SIGKILL"), 30_000);
    const [code] = (await once(child, "close")) as [unknown];
    clearTimeout(kill);
    return { code, output };
  };
  const use = 'import { Feed } from "@steadfeed/client";';

  test("that awaits the end of a one-shot feed it left ends with 0", async () => {
    const { url } = await playLog(3);
    const { code, output } = await ends(`${use}
      const feed = new Feed("${url}", { retry: false });
      for await (const event of feed) break;
      console.log((await feed.closed).reason);`);
    expect([code, output]).toEqual([0, "closed\n"]);
  });

  test.each(["", "timeouts: { idleMs: 60_000 },", "lingerMs: 60_000,"])(
    "with an open feed and ref: false ends by itself (%s)",
    async (more) => {
      const { url } = await playLog(3);
      const { code } = await ends(`${use}
      const feed = new Feed("${url}", { ${more} ref: false });
      feed.subscribe("*", () => undefined);
      const waiting = setTimeout(() => undefined, 20_000);
      feed.on("open", () => clearTimeout(waiting));`);
      expect(code).toBe(0);
    },
  );
});

describe("the untaken events of a subscription that leaves are redelivered", () => {
  const ways: [string, (subscription: any) => unknown][] = [
    ["close()", (subscription) => subscription.close()],
    ["return()", (subscription) => subscription.return()],
    ["using", (subscription) => subscription[Symbol.dispose]()],
    ["await using", (subscription) => subscription[Symbol.asyncDispose]()],
  ];
  test.each(ways)("%s", async (_, leave) => {
    const server = await playLog(5);
    const feed = feedOf(server.url, {});
    const first = feed.subscribe("message");
    expect((await first.next()).value?.data).toBe("1");
    await until(() => expect(first.stats.received).toBe(5));
    await leave(first);
    expect(await first.next()).toMatchObject({ done: true });
    const data: string[] = [];
    feed.subscribe("message", (event) => void data.push(event.data));
    await until(() => expect(data).toEqual(["2", "3", "4", "5"]));
    expect(server.requests.map(({ lastEventId }) => lastEventId)).toEqual([undefined, "1"]);
  });

  test("drain() is the gentle way: received events are delivered, nothing is redelivered", async () => {
    const server = await playLog(5);
    const feed = feedOf(server.url, {});
    const first = feed.subscribe("message");
    await first.next();
    await until(() => expect(first.stats.received).toBe(5));
    const drained = first.drain();
    const rest: string[] = [];
    for await (const { data } of first) rest.push(data);
    await drained;
    expect(rest).toEqual(["2", "3", "4", "5"]);
    feed.subscribe("message", () => undefined);
    await until(() => expect(server.requests).toHaveLength(2));
    expect(server.last.lastEventId).toBe("5");
  });
});

describe("an answer that names the id it resumes after", () => {
  const answering = async (header: string | undefined) => {
    const server = await playing((script, number) => {
      const headers = {
        "Content-Type": "text/event-stream",
        ...(header !== undefined && number > 1 && { "Last-Event-ID": header }),
      };
      script.answer({ headers }).send(number === 1 ? "id: ü1\ndata: 1\n\n" : "data: 2\n\n");
      if (number === 1) script.end();
    });
    const feed = feedOf(server.url, { retry: { initialDelayMs: 5 } });
    const gaps = reports(feed, "gap");
    const data: string[] = [];
    feed.subscribe("*", (event) => void data.push(event.data));
    await until(() => expect(data).toEqual(["1", "2"]));
    return gaps;
  };
  const latin1 = (text: string): string => Buffer.from(text).toString("latin1");

  test.each(["earliest", "7", ""])(
    "with %j, which is not the requested cursor, is a gap",
    async (header) => {
      expect(await answering(header)).toMatchObject([{ reason: "unknown", lastEventId: "ü1" }]);
    },
  );
  test.each([undefined, latin1("ü1")])("with %j is not a gap", async (header) => {
    expect(await answering(header)).toEqual([]);
  });
});

describe("many subscriptions", () => {
  test("two readers of a feed each have all events", async () => {
    const { url } = await playLog(4);
    const feed = feedOf(url, {});
    const all = await Promise.all(
      [1, 2].map(async () => {
        const data: string[] = [];
        for await (const event of feed) if (data.push(event.data) === 4) break;
        return data;
      }),
    );
    expect(all).toEqual([
      ["1", "2", "3", "4"],
      ["1", "2", "3", "4"],
    ]);
  });

  test("cost the same each, however many there are: to add and to close", () => {
    const cost = (count: number): number => {
      const feed = feedOf("http://127.0.0.1:1/", { ref: false });
      feed.pause();
      const before = process.cpuUsage();
      const all = Array.from({ length: count }, (_, index) =>
        feed.subscribe(index % 2 ? "*" : `t${index % 7}`, () => undefined),
      );
      for (const each of all) each.close();
      const { user, system } = process.cpuUsage(before);
      feed.close();
      return user + system;
    };
    const least = (count: number): number => Math.min(...[1, 2, 3, 4, 5].map(() => cost(count)));
    least(500);
    // Linear, it is 8 times as much, and more where the collector runs; quadratic, 64 times.
    expect(least(16_000) / least(2000)).toBeLessThan(32);
  });
});

async function breakAt1(feed: Feed): Promise<void> {
  for await (const _ of feed) break;
  await sleep(1);
}
