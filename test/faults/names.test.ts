import { Channel, Client, type Feed } from "@steadfeed/client";
import { onTestFinished } from "vitest";
import { describe, expect, test } from "vitest";
import { feedOf } from "../support/feeds.ts";
import { playLog } from "../support/play.ts";

const consumer = (): void => undefined;

describe("an unknown option is refused by name", () => {
  const wrong: [string, object, string][] = [
    ["queue", { queue: 3 }, "capacity"],
    ["capacty", { capacty: 3 }, "capacity"],
    ["onoverflow", { onoverflow: "error" }, "overflow"],
    ["Filter", { Filter: () => true }, "filter"],
    ["signl", { signl: new AbortController().signal }, "signal"],
  ];

  test.each(wrong)("subscribe(…, { %s })", async (name, options, known) => {
    const { url } = await playLog(1);
    const feed = feedOf(url, {});
    for (const make of [
      () => feed.subscribe("message", options as never),
      () => feed.subscribe("message", consumer, options as never),
      () => feed.subscribe("*", new Channel(), options as never),
    ]) {
      expect(make).toThrow(TypeError);
      expect(make).toThrow(name);
      expect(make).toThrow(known);
    }
    // What was refused has opened nothing.
    expect(feed.state).toBe("idle");
  });

  test("of a client's streams", async () => {
    const { url } = await playLog(1);
    const client = new Client(url);
    onTestFinished(() => client.close());
    expect(() => client.subscribe("a", { queue: 3 } as never)).toThrow(/queue/);
    expect(() => client.subscribe("a", consumer, { queue: 3 } as never)).toThrow(/queue/);
    expect(() => client.subscribeRaw({ queue: 3 } as never)).toThrow(/queue/);
  });

  test("of once(), without a request", async () => {
    const { url } = await playLog(1);
    const feed = feedOf(url, {});
    await expect(feed.once("message", { timeout: 5 } as never)).rejects.toThrow(
      /timeout.*timeoutMs/,
    );
    expect(feed.state).toBe("idle");
  });

  test("of a channel", () => {
    expect(() => new Channel({ size: 3 } as never)).toThrow(/size.*capacity/s);
  });

  test("of on()", async () => {
    const feed = feedOf("http://127.0.0.1:1/", {});
    expect(() => (feed as { on: any }).on("open", consumer, { once: true })).toThrow(
      /once.*signal/s,
    );
  });
});

describe("options that are known, or not set by the user, are not refused", () => {
  test.each<[string, object]>([
    [
      "all of them",
      {
        capacity: 3,
        overflow: "latest",
        filter: () => true,
        name: "x",
        signal: new AbortController().signal,
      },
    ],
    [
      "as undefined",
      {
        capacity: undefined,
        overflow: undefined,
        filter: undefined,
        name: undefined,
        signal: undefined,
      },
    ],
    ["inherited", Object.create({ queue: 3 }) as object],
    ["none", {}],
  ])("%s", async (_, options) => {
    const { url } = await playLog(1);
    const feed: Feed = feedOf(url, {});
    const { value } = await feed.subscribe("message", options as never).next();
    expect(value?.data).toBe("1");
  });

  test("options on Object.prototype are not read", async () => {
    const { url } = await playLog(1);
    const feed = feedOf(url, {});
    Object.assign(Object.prototype, { filter: () => false, capacity: 0, overflow: "error" });
    try {
      const subscription = feed.subscribe("message", {});
      expect((await subscription.next()).value?.data).toBe("1");
    } finally {
      for (const name of ["filter", "capacity", "overflow"]) delete (Object.prototype as any)[name];
    }
  });
});
