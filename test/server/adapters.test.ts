// The adapters for other libraries; with the real ones they are tried in test/apps.
import { Broker, memoryLog, type Log } from "@steadfeed/server";
import { aiChat, resumableContext, uiMessages } from "@steadfeed/server/ai";
import { mcpEventStore } from "@steadfeed/server/mcp";
import { runHandler } from "@steadfeed/server/node";
import { redisLog } from "@steadfeed/server/redis";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from "vitest";
import { freshPrefix } from "../redis/support.ts";
import { redisServer, startRedis, type Redis } from "../support/redis.ts";
import { listen } from "./servers.ts";

let redis: Redis | undefined;
beforeAll(async () => {
  if (redisServer) redis = await startRedis();
});
afterAll(() => redis?.remove());

describe("mcpEventStore on memoryLog", () => {
  storesOn(async () => memoryLog());
});
describe.skipIf(!redisServer)("mcpEventStore on redisLog", () => {
  storesOn(async () => {
    const log = await redisLog({ client: redis!.client(), prefix: freshPrefix() });
    onTestFinished(() => log.close!());
    return log;
  });
});

function storesOn(makeLog: () => Promise<Log>): void {
  const replayed = async (
    store: ReturnType<typeof mcpEventStore>,
    id: string,
  ): Promise<[stream: string, messages: unknown[]]> => {
    const messages: unknown[] = [];
    const send = async (_id: string, message: unknown): Promise<void> =>
      void messages.push(message);
    return [await store.replayEventsAfter(id, { send }), messages];
  };

  test("replays the events after a given one in its stream, and nothing of other streams", async () => {
    const store = mcpEventStore(await makeLog(), "session");
    const first = await store.storeEvent("a:b", { n: 1 });
    await store.storeEvent("other", { n: 2 });
    for (let n = 3; n < 200; n++) await store.storeEvent("a:b", { n });
    expect(await store.getStreamIdForEventId(first)).toBe("a:b");
    const [stream, messages] = await replayed(store, first);
    expect(stream).toBe("a:b");
    expect(messages).toEqual(Array.from({ length: 197 }, (_, at) => ({ n: at + 3 })));
  });

  test("accepts no id of another session, or of none", async () => {
    const log = await makeLog();
    const id = await mcpEventStore(log, "theirs").storeEvent("s", { secret: true });
    const mine = mcpEventStore(log, "mine");
    await mine.storeEvent("s", { mine: true });
    for (const claim of [id, "", ":", "s", "1-1.x:s", `${id}x`]) {
      expect(await mine.getStreamIdForEventId(claim), claim).toBeUndefined();
      await expect(replayed(mine, claim)).rejects.toMatchObject({ code: "run-gone" });
    }
    // The same session on another node.
    expect((await replayed(mcpEventStore(log, "theirs"), id))[0]).toBe("s");
  });
}

test("a store keeps the names it was created with", () => {
  expect(() => mcpEventStore(memoryLog(), "")).toThrow("sessionId");
  expect(() => mcpEventStore(memoryLog(), "s", { ttlMs: 0 })).toThrow("ttlMs");
  expect(() => mcpEventStore(memoryLog(), "s", { ttl: 1 } as never)).toThrow("ttlMs");
});

test("messages that are no longer kept are not skipped silently", async () => {
  const store = mcpEventStore(memoryLog({ maxBytes: 20_000 }), "s");
  const first = await store.storeEvent("s", {});
  for (let n = 0; n < 30; n++) await store.storeEvent("s", { text: "x".repeat(1000) });
  const send = async (): Promise<void> => undefined;
  await expect(store.replayEventsAfter(first, { send })).rejects.toMatchObject({
    code: "run-gone",
  });
});

function brokerOf(): Broker {
  const broker = new Broker({ heartbeatMs: false });
  onTestFinished(() => broker.close({ graceMs: 0 }));
  return broker;
}

test("a chat of the AI SDK: the id of the body, 204 without an active run, stop", async () => {
  let join!: () => void;
  const joined = new Promise<void>((resolve) => (join = resolve));
  async function* chunks(): AsyncGenerator<object> {
    yield { type: "start" };
    await joined;
    yield { type: "finish" };
  }
  const broker = brokerOf();
  const options = { ...aiChat(), authorize: false, start: () => uiMessages(chunks()) } as const;
  const url = `${await listen(runHandler(broker, options))}/api/chat`;
  const reload = (): Promise<Response> => fetch(`${url}/c/stream`);
  expect((await reload()).status).toBe(204);
  const post = await fetch(url, { method: "POST", body: '{"id":"c"}' });
  expect(post.headers.get("x-vercel-ai-ui-message-stream")).toBe("v1");
  const reader = await reload();
  join();
  const texts = await Promise.all([post.text(), reader.text()]);
  expect(texts[1]).toBe(texts[0]);
  expect(texts[0]).toContain('data: {"type":"finish"}\n\n');
  expect(texts[0]).toMatch(/data: \[DONE\]\n\nid: \S+\nevent: steadfeed.end\n\n$/);
  expect((await reload()).status).toBe(204);
  expect((await fetch(url, { method: "POST", body: "{}" })).status).toBe(400);
  expect((await fetch(url, { method: "POST", body: "no" })).status).toBe(400);
});

test("a resumable context returns a stream again, from a character on, and lists existing streams", async () => {
  const context = resumableContext(brokerOf());
  const texts = ["one ", "", "two ", "three"];
  const made = await context.createNewResumableStream(
    "s",
    () =>
      new ReadableStream({
        async pull(controller) {
          await sleep(5);
          const text = texts.shift();
          if (text === undefined) controller.close();
          else controller.enqueue(text);
        },
      }),
  );
  const read = async (stream: ReadableStream<string> | null | undefined): Promise<string> => {
    let text = "";
    for await (const part of stream!) text += part;
    return text;
  };
  const again = context.resumeExistingStream("s", 6).then(read);
  expect(await context.hasExistingStream("s")).toBe(true);
  expect(await read(made)).toBe("one two three");
  expect(await again).toBe("o three");
  expect(await context.hasExistingStream("s")).toBe("DONE");
  expect(await context.resumeExistingStream("s")).toBeNull();
  expect(await context.hasExistingStream("t")).toBeNull();
  expect(await context.stop("t")).toBe(false);
});
