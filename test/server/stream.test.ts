import { Broker, memoryLog } from "@steadfeed/server";
import { expect, test } from "vitest";
import { read, settled } from "./support.ts";

test("a handle publishes, counts and iterates its own stream only", async () => {
  const broker = new Broker();
  const sink = await read(broker, { streams: "s", client: "me" });
  await read(broker, { streams: "other", client: "you" });
  const stream = broker.stream("s");
  expect((await stream.publish("x", { id: "own" })).id).toBe("own");
  await settled();
  expect([stream.name, stream.size, [...stream].map(({ client }) => client), sink.got]).toEqual([
    "s",
    1,
    ["me"],
    ["x"],
  ]);
});

test("clearing drops the past events, not the readers", async () => {
  const broker = new Broker({ log: memoryLog() });
  const { id } = await broker.publish("s", "old");
  await broker.publish("s", "older");
  const sink = await read(broker);
  await broker.stream("s").clear();
  await broker.publish("s", "new");
  await settled();
  expect(sink.got).toEqual(["new"]);
  expect((await read(broker, "s", { lastEventId: id })).got).toEqual(["[trimmed]", "new"]);
});

test("removing a stream ends its sessions, and no others", async () => {
  const reasons: string[] = [];
  const broker = new Broker({
    streams: ["a", "b"],
    onDisconnect: (_, reason) => void reasons.push(reason),
  });
  const [a, ab, b] = [
    await read(broker, "a"),
    await read(broker, { streams: ["a", "b"] }),
    await read(broker, "b"),
  ];
  await broker.stream("a").remove();
  expect([a.over, ab.over, b.over, reasons]).toEqual([
    "end",
    "end",
    undefined,
    ["removed", "removed"],
  ]);
  expect(() => broker.stream("a")).toThrow("No such stream: a");
  await expect(read(broker, "a")).rejects.toMatchObject({ status: 404 });
});
