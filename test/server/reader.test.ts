import { Broker, GAP_TYPE, memoryLog, type Log, type ReceivedEvent } from "@steadfeed/server";
import { expect, test, vi } from "vitest";
import { later } from "./support.ts";

const data = (result: IteratorResult<ReceivedEvent, undefined>): string | undefined =>
  result.value?.data;

test.each([
  ["at once", (log: Log) => log],
  ["later", (log: Log) => later(log)],
])(
  "a process reads its own streams in order, with broadcasts (log answers %s)",
  async (_, wrap) => {
    const broker = new Broker({ log: wrap(memoryLog()) });
    const reader = broker.subscribe("s");
    const seen: ReceivedEvent[] = [];
    const done = (async () => {
      for await (const event of reader) if (seen.push(event) === 5) break;
    })();
    const one = await broker.publish("s", { type: "tick", data: 1 });
    await broker.publish("other", "no");
    await broker.broadcast("all");
    for (const text of ["2", "3", "4"]) await broker.publish("s", text);
    await done;
    expect(seen.map((event) => event.data)).toEqual(["1", "all", "2", "3", "4"]);
    expect(seen[0]).toEqual({ type: "tick", data: "1", lastEventId: one.id });
    expect(seen[1]!.type).toBe("message");
  },
);

test("1 concurrent next() calls settle in order", async () => {
  const broker = new Broker();
  const reader = broker.subscribe("s");
  const results = [reader.next(), reader.next(), reader.next()];
  for (const text of ["1", "2", "3"]) void broker.publish("s", text);
  expect((await Promise.all(results)).map(data)).toEqual(["1", "2", "3"]);
});

test("2 return() is idempotent and ends only this reader", async () => {
  const broker = new Broker();
  const [one, two] = [broker.subscribe("s"), broker.subscribe("s")];
  expect([await one.return(), await one.return()]).toEqual([
    { done: true, value: undefined },
    { done: true, value: undefined },
  ]);
  const next = two.next();
  await broker.publish("s", "x");
  expect([data(await next), (await one.next()).done]).toEqual(["x", true]);
});

test("3 the broker's close() delivers the events in the log, then done", async () => {
  const broker = new Broker();
  const reader = broker.subscribe("s");
  for (const text of ["1", "2"]) await broker.publish("s", text);
  await broker.close();
  expect([
    data(await reader.next()),
    data(await reader.next()),
    (await reader.next()).done,
  ]).toEqual(["1", "2", true]);
});

test("4 ended before the first next() → done at once", async () => {
  const broker = new Broker();
  const reader = broker.subscribe("s");
  await broker.close();
  expect((await reader.next()).done).toBe(true);
  const aborted = new Broker().subscribe("s", { signal: AbortSignal.abort() });
  expect((await aborted.next()).done).toBe(true);
});

test("5 an error is delivered once, after the read events", async () => {
  let error: Error | undefined;
  const broker = new Broker({ log: later(memoryLog(), () => error) });
  const reader = broker.subscribe("s");
  await broker.publish("s", "1");
  expect(data(await reader.next())).toBe("1");
  error = new Error("log gone");
  const [failed, after] = [reader.next(), reader.next()];
  await expect(failed).rejects.toThrow("log gone");
  expect([(await after).done, (await reader.next()).done]).toEqual([true, true]);
});

test("6 return() and an aborted signal settle a pending next()", async () => {
  const broker = new Broker();
  const stop = new AbortController();
  const [returned, aborted] = [
    broker.subscribe("s"),
    broker.subscribe("s", { signal: stop.signal }),
  ];
  const pending = [returned.next(), aborted.next()];
  void returned.return();
  stop.abort();
  expect((await Promise.all(pending)).map(({ done }) => done)).toEqual([true, true]);
});

test("7 a consumer that falls behind the oldest kept event gets a gap, not a queue", async () => {
  const broker = new Broker({ log: memoryLog({ maxEvents: 2 }) });
  const reader = broker.subscribe("s");
  for (let i = 0; i < 100; i++) await broker.publish("s", `${i}`);
  const first = (await reader.next()).value!;
  expect([first.type, (JSON.parse(first.data) as { reason: string }).reason]).toEqual([
    GAP_TYPE,
    "trimmed",
  ]);
  expect([data(await reader.next()), data(await reader.next())]).toEqual(["98", "99"]);
});

test("9 the end follows the data, also with a pending next()", async () => {
  const broker = new Broker();
  const reader = broker.subscribe("s");
  const [one, end] = [reader.next(), reader.next()];
  void broker.publish("s", "1");
  await broker.close();
  expect([data(await one), (await end).done]).toEqual(["1", true]);
});

test("a consumer may start with the oldest event, or after an id", async () => {
  const broker = new Broker();
  const { id } = await broker.publish("s", "1");
  await broker.publish("s", "2");
  expect(data(await broker.subscribe("s", { from: "earliest" }).next())).toBe("1");
  expect(data(await broker.subscribe("s", { lastEventId: id }).next())).toBe("2");
});

test("a consumer gets events of every version, and no expired ones", async () => {
  const broker = new Broker();
  const reader = broker.subscribe("s");
  await broker.publish("s", "old", { ttlMs: 1 });
  await broker.publish("s", "new", { minVersion: 9 });
  await new Promise((resolve) => setTimeout(resolve, 5));
  expect(data(await reader.next())).toBe("new");
});

test("leaving by `await using` ends it", async () => {
  const broker = new Broker();
  const reader = broker.subscribe("s");
  {
    await using inner = reader;
    void inner;
  }
  expect((await reader.next()).done).toBe(true);
});

test("a closed reader holds no reference to the log or its signal", async () => {
  const log = memoryLog();
  const watching = new Set<unknown>();
  const watch: Log["watch"] = (appended) => {
    watching.add(appended);
    const stop = log.watch(appended);
    return () => {
      watching.delete(appended);
      stop();
    };
  };
  const broker = new Broker({ log: { ...later(log), tail: log.tail, watch } });
  const { signal } = new AbortController();
  const listening = vi.spyOn(signal, "removeEventListener");
  const before = watching.size;
  const reader = broker.subscribe("s", { signal });
  expect(watching.size).toBe(before + 1);
  await reader.return();
  expect([watching.size, listening.mock.calls.length]).toEqual([before, 1]);
});
