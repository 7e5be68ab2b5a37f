import { Broker, memoryLog } from "@steadfeed/server";
import { expect, test, vi } from "vitest";
import { Lane } from "../../packages/server/src/log/lane.ts";
import { read, settled, type MemorySink } from "./support.ts";

/** What one tick of events costs, in looks into the log, texts encoded, and writes. */
async function costOf(
  readers: number,
  otherStreams: number,
  events: number,
): Promise<Record<"reads" | "encoded" | "writes", number>> {
  const log = memoryLog();
  // Heartbeats are writes too.
  const broker = new Broker({ log, heartbeatMs: false });
  const sinks: MemorySink[] = [];
  for (let i = 0; i < otherStreams; i++) {
    sinks.push(await read(broker, `other ${i}`));
    await broker.publish(`other ${i}`, "x");
  }
  for (let i = 0; i < readers; i++) sinks.push(await read(broker));
  await settled();
  const written = (): number => sinks.reduce((sum, { writes }) => sum + writes.length, 0);
  const before = written();
  const look = vi.spyOn(log, "read");
  const encoded = vi.spyOn(TextEncoder.prototype, "encode");
  for (let i = 0; i < events; i++) void broker.publish("s", "x");
  await settled();
  const cost = {
    reads: look.mock.calls.length,
    // The test's own machinery encodes too.
    encoded: encoded.mock.calls.filter(([text]) => text?.includes("data: x")).length,
    writes: written() - before,
  };
  encoded.mockRestore();
  return cost;
}

test("an event costs nothing for streams that it does not go to", async () => {
  expect(await costOf(10, 500, 1)).toEqual(await costOf(10, 0, 1));
});

test("readers cost one lookup and one write each per tick, and no encoding", async () => {
  expect(await costOf(10, 0, 1)).toEqual({ reads: 10, encoded: 1, writes: 10 });
  expect(await costOf(100, 0, 1)).toEqual({ reads: 100, encoded: 1, writes: 100 });
  expect(await costOf(100, 0, 16)).toEqual({ reads: 100, encoded: 16, writes: 100 });
});

test("nor for past ones: a log of many streams is not searched for each event", async () => {
  const broker = new Broker({ log: memoryLog({ maxBytes: 1_500_000 }) });
  const events = 40_000;
  const looks = vi.spyOn(Lane.prototype, "size", "get");
  for (let n = 0; n < events; n++) void broker.publish(`stream ${n}`, "x".repeat(50));
  const count = looks.mock.calls.length;
  looks.mockRestore();
  expect(count).toBeLessThan(10 * events);
  await settled();
});
