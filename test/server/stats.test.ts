// The numbers of a broker, and what its doors publish for those who watch the process.
import { subscribe, unsubscribe } from "node:diagnostics_channel";
import { connect } from "node:net";
import { Feed, type FeedOptions } from "@steadfeed/client";
import { Broker, memoryLog, type BrokerStats } from "@steadfeed/server";
import { nodeHandler } from "@steadfeed/server/node";
import { webHandler } from "@steadfeed/server/web";
import { expect, onTestFinished, test } from "vitest";
import { serve } from "../support/server.ts";

function brokerOf(...options: ConstructorParameters<typeof Broker>): Broker {
  const broker = new Broker(...options);
  onTestFinished(() => broker.close({ graceMs: 0 }));
  return broker;
}

function feedAt(url: string, options: FeedOptions = {}): Feed {
  const feed = new Feed(url, { retry: { initialDelayMs: 10 }, ...options });
  onTestFinished(() => feed.close());
  return feed;
}

const nothing = {
  client: 0,
  server: 0,
  slow: 0,
  replaced: 0,
  removed: 0,
  expired: 0,
  shutdown: 0,
  ended: 0,
  error: 0,
};

test("a new broker has all counts at zero", () => {
  expect(brokerOf().stats()).toEqual<BrokerStats>({
    sessions: 0,
    slow: 0,
    lagMs: 0,
    connects: 0,
    disconnects: nothing,
    published: 0,
    written: 0,
    bytes: 0,
    gaps: 0,
    refused: 0,
  });
});

test("sessions, events and bytes are counted, and closed sessions by reason", async () => {
  const broker = brokerOf();
  const { url } = await serve(nodeHandler(broker));
  const feeds = [1, 2, 3].map(() => feedAt(`${url}?stream=s`));
  const got = feeds.map((feed) => feed.once("message"));
  await expect.poll(() => broker.stats().sessions).toBe(3);
  await broker.publish("s", "12345");
  expect(broker.tryPublish("nobody", "x")).toBe(true);
  await Promise.all(got);
  feeds[0]!.close();
  await expect.poll(() => broker.stats().disconnects.client).toBe(3);
  const { bytes, ...rest } = broker.stats();
  expect(rest).toEqual({
    sessions: 0,
    slow: 0,
    lagMs: 0,
    connects: 3,
    disconnects: { ...nothing, client: 3 },
    published: 2,
    written: 3,
    gaps: 0,
    refused: 0,
  });
  expect(bytes).toBeGreaterThan(3 * "data: 12345".length);
});

test("a second call with the same key is counted once, and a refused one not at all", async () => {
  const broker = brokerOf({ limits: { eventBytes: 100 } });
  await broker.publish("s", "x", { idempotencyKey: "k" });
  await broker.publish("s", "x", { idempotencyKey: "k" });
  await expect(broker.publish("s", "x".repeat(200))).rejects.toMatchObject({
    code: "event-too-large",
  });
  expect(broker.stats().published).toBe(1);
});

test("the events of a run are counted too", async () => {
  const broker = brokerOf();
  const run = await broker.run("r");
  await run.publish("a");
  await run.publish("b");
  expect(broker.stats().published).toBe(2);
});

test("a gap is counted", async () => {
  const broker = brokerOf({ log: memoryLog({ maxEvents: 1 }) });
  const { id } = await broker.publish("s", "1");
  for (const data of ["2", "3", "4"]) await broker.publish("s", data);
  const { url } = await serve(nodeHandler(broker));
  await feedAt(`${url}?stream=s`, { lastEventId: id }).once("message");
  expect(broker.stats()).toMatchObject({ gaps: 1 });
});

test("a reader that takes nothing is slow, with a duration", async () => {
  const broker = brokerOf();
  const { port } = await serve(nodeHandler(broker));
  const socket = connect(port, "127.0.0.1", () =>
    socket.write("GET /?stream=s HTTP/1.1\r\nHost: x\r\n\r\n"),
  );
  onTestFinished(() => void socket.destroy());
  socket.on("error", () => undefined).pause();
  await expect.poll(() => broker.stats().sessions).toBe(1);
  for (let n = 0; n < 40; n++) await broker.publish("s", "x".repeat(500_000));
  await expect.poll(() => broker.stats().slow).toBe(1);
  await expect.poll(() => broker.stats().lagMs).toBeGreaterThan(20);
});

type Message = Record<string, unknown>;

function listen(): Message[] {
  const messages: Message[] = [];
  for (const name of ["open", "close", "publish", "write", "gap"]) {
    const hear = (message: unknown): void => void messages.push({ name, ...(message as Message) });
    subscribe(`steadfeed:server:${name}`, hear);
    onTestFinished(() => void unsubscribe(`steadfeed:server:${name}`, hear));
  }
  return messages;
}

test("a diagnostics channel publishes each step, and no secrets", async () => {
  const messages = listen();
  const broker = brokerOf({ log: memoryLog({ maxEvents: 1 }) });
  const { url } = await serve(
    nodeHandler(broker, {
      headers: { "X-Secret": "secret" },
      admit: () => ({ streams: "s", client: "secret" }),
    }),
  );
  for (const data of ["secret-1", "secret-2"]) await broker.publish("s", { type: "tick", data });
  await broker.send("secret", { type: "tock", data: "secret" });
  const feed = feedAt(`${url}?key=secret`, { lastEventId: "secret-0", token: "secret" });
  await feed.once("tock");
  feed.close();
  await expect.poll(() => messages.at(-1)?.["name"]).toBe("close");
  const { session } = messages.find(({ name }) => name === "open")!;
  expect(messages.filter(({ name }) => name !== "write")).toEqual([
    { name: "publish", to: "stream", type: "tick" },
    { name: "publish", to: "stream", type: "tick" },
    { name: "publish", to: "client", type: "tock" },
    { name: "open", session, streams: ["s"], resumed: true },
    { name: "gap", reason: expect.any(String) as string },
    { name: "close", session, streams: ["s"], reason: "client", ms: expect.any(Number) as number },
  ]);
  const written = messages.filter(({ name }) => name === "write");
  expect(written.reduce((sum, { bytes }) => sum + (bytes as number), 0)).toBe(broker.stats().bytes);
  expect(written.reduce((sum, { events }) => sum + (events as number), 0)).toBe(
    broker.stats().written,
  );
  expect(JSON.stringify(messages)).not.toContain("secret");
});

test("the channel for web Responses publishes the same", async () => {
  const messages = listen();
  const broker = brokerOf();
  const response = await webHandler(broker)(new Request("http://localhost/?stream=s"));
  await response.body!.cancel();
  await expect.poll(() => messages.map(({ name }) => name)).toContain("close");
});
