import {
  Broker,
  END_TYPE,
  memoryLog,
  type Log,
  type Run,
  type ServerEvent,
} from "@steadfeed/server";
import { redisLog } from "@steadfeed/server/redis";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from "vitest";
import { freshPrefix } from "../redis/support.ts";
import { redisServer, startRedis, type Redis } from "../support/redis.ts";
import { deferred } from "./support.ts";

async function read(broker: Broker, id: string, lastEventId = ""): Promise<string[]> {
  const got: string[] = [];
  for await (const { data } of broker.runs.read(id, { lastEventId })) got.push(data);
  return got;
}

async function* slowly(count: number, everyMs = 2): AsyncGenerator<string> {
  for (let n = 1; n <= count; n++) {
    await sleep(everyMs);
    yield String(n);
  }
}

let redis: Redis | undefined;
beforeAll(async () => {
  if (redisServer) redis = await startRedis();
});
afterAll(() => redis?.remove());

describe("on memoryLog", () => {
  runsOn(async () => memoryLog());
});
describe.skipIf(!redisServer)("on redisLog", () => {
  runsOn(() => redisLog({ client: redis!.client(), prefix: freshPrefix() }));
});

function runsOn(makeLog: () => Promise<Log>): void {
  async function brokerOf(): Promise<{ readonly broker: Broker; readonly errors: unknown[] }> {
    const errors: unknown[] = [];
    const log = await makeLog();
    const broker = new Broker({ log, onError: (error) => void errors.push(error) });
    onTestFinished(() => broker.close({ graceMs: 0 }));
    return { broker, errors };
  }

  test("a reader gets the whole run, past and future events, and its end", async () => {
    const { broker } = await brokerOf();
    const run = await broker.run("answer");
    expect(run.owner).toBe(true);
    await run.publish("a");
    const reading = read(broker, "answer");
    await run.publish({ type: "token", data: "b" });
    await run.end("c");
    expect(await reading).toEqual(["a", "b", "c"]);
    expect(await read(broker, "answer")).toEqual(["a", "b", "c"]);
    expect(await run.closed).toEqual({ reason: "done" });
    expect(await broker.runs.find("answer")).toEqual({ id: "answer", end: { reason: "done" } });
  });

  test("a reader continues after its last event", async () => {
    const { broker } = await brokerOf();
    const run = await broker.run("r");
    await run.publish("a");
    const { id } = await run.publish("b");
    await run.end("c");
    expect(await read(broker, "r", id)).toEqual(["c"]);
    expect(await read(broker, "r", run.lastEventId)).toEqual(["a", "b", "c"]);
  });

  test("a source is published, and ends the run", async () => {
    const { broker } = await brokerOf();
    const run = await broker.run("r");
    const reading = read(broker, "r");
    await run.from(slowly(5));
    expect(await reading).toEqual(["1", "2", "3", "4", "5"]);
    expect(await run.closed).toEqual({ reason: "done" });
  });

  test("a ReadableStream is published in the same way", async () => {
    const { broker } = await brokerOf();
    const run = await broker.run("r");
    const events = new ReadableStream<ServerEvent | string>({
      start(controller) {
        controller.enqueue("a");
        controller.enqueue({ type: "t", data: { b: 1 } });
        controller.close();
      },
    });
    await run.from(events);
    expect(await read(broker, "r")).toEqual(["a", '{"b":1}']);
  });

  test("a source that fails fails the run: readers get the earlier events, then the failure", async () => {
    const { broker, errors } = await brokerOf();
    const run = await broker.run("r");
    const broken = (async function* () {
      yield "a";
      throw new Error("secret");
    })();
    await expect(run.from(broken)).rejects.toThrow("secret");
    const got: string[] = [];
    const reading = (async () => {
      for await (const { data } of broker.runs.read("r")) got.push(data);
    })();
    await expect(reading).rejects.toMatchObject({ code: "run-failed", status: 424 });
    await expect(reading).rejects.not.toThrow("secret");
    expect(got).toEqual(["a"]);
    expect(await run.closed).toMatchObject({ reason: "failed" });
    expect(errors).toEqual([]);
  });

  test("readers get the public reason of a failure", async () => {
    const { broker } = await brokerOf();
    const run = await broker.run("r");
    await run.fail("The model is overloaded.");
    await expect(read(broker, "r")).rejects.toThrow("The model is overloaded.");
  });

  test("an event that cannot be written fails the run of a source, and ends the source", async () => {
    const { broker } = await brokerOf();
    const run = await broker.run("r");
    let left = false;
    const source = (async function* () {
      try {
        yield { data: new Map() };
        await sleep(10_000);
        yield "never";
      } finally {
        left = true;
      }
    })();
    await expect(run.from(source)).rejects.toThrow(TypeError);
    await expect.poll(() => left).toBe(true);
    expect(await run.closed).toMatchObject({ reason: "failed" });
  });

  test("there is one producer: a second is refused, or joins as a reader", async () => {
    const { broker } = await brokerOf();
    const run = await broker.run("r");
    await expect(broker.run("r")).rejects.toMatchObject({ code: "run-taken", status: 409 });
    const joined = await broker.run("r", { exclusive: false });
    expect(joined.owner).toBe(false);
    await expect(joined.publish("x")).rejects.toMatchObject({ code: "run-taken" });
    await expect(joined.end()).rejects.toMatchObject({ code: "run-taken" });
    const reading = read(broker, "r");
    await run.publish("mine");
    await run.end();
    expect(await reading).toEqual(["mine"]);
    expect(await joined.closed).toEqual({ reason: "done" });
    // One that has ended is joined, too: what was asked twice is answered once.
    expect((await broker.run("r", { exclusive: false })).owner).toBe(false);
  });

  test("stop: the producer's signal aborts, its source ends, and the run is stopped, not failed", async () => {
    const { broker, errors } = await brokerOf();
    const run = await broker.run("r");
    const source = (async function* () {
      for (let n = 0; ; n++) {
        run.signal.throwIfAborted();
        yield String(n);
        await sleep(2);
      }
    })();
    const producing = run.from(source);
    await sleep(100);
    const reading = read(broker, "r");
    expect(await broker.runs.stop("r")).toBe(true);
    await producing;
    expect((await reading).length).toBeGreaterThan(2);
    expect(await run.closed).toEqual({ reason: "stopped" });
    expect(errors).toEqual([]);
    // Again, and for a run that nobody knows.
    expect(await broker.runs.stop("r")).toBe(true);
    expect(await broker.runs.stop("other")).toBe(false);
  });

  test("a producer may publish final events after a stop", async () => {
    const { broker } = await brokerOf();
    const run = await broker.run("r");
    run.signal.addEventListener("abort", () => void run.end("stopped by you"));
    await broker.runs.stop("r");
    expect(await run.closed).toEqual({ reason: "stopped" });
    expect(await read(broker, "r")).toEqual(["stopped by you"]);
  });

  test("a source that ignores the signal is ended a second later", async () => {
    const { broker } = await brokerOf();
    const run = await broker.run("r");
    const never = deferred<IteratorResult<string>>();
    let left = 0;
    const producing = run.from({
      [Symbol.asyncIterator]: () => ({
        next: () => never.promise,
        return: async () => {
          left++;
          return { done: true as const, value: undefined };
        },
      }),
    });
    const started = performance.now();
    await broker.runs.stop("r");
    await producing;
    expect(performance.now() - started).toBeGreaterThan(900);
    expect(left).toBe(1);
    expect(await run.closed).toEqual({ reason: "stopped" });
    await expect(run.publish("late")).rejects.toMatchObject({ code: "run-over", status: 409 });
  });

  test("a run that was left without an end has failed", async () => {
    const { broker } = await brokerOf();
    const leave = async (): Promise<void> => {
      await using run = await broker.run("r");
      await run.publish("half");
    };
    await leave();
    await expect(read(broker, "r")).rejects.toMatchObject({ code: "run-failed" });
  });

  test("a broker that closes ends its runs as lost, and their readers", async () => {
    const { broker } = await brokerOf();
    const run = await broker.run("r");
    await run.publish("a");
    // It rejects while the broker closes, and must not do so unheard.
    const reading = read(broker, "r").catch((error: unknown) => error);
    await sleep(5);
    await broker.close({ graceMs: 0 });
    expect(await reading).toMatchObject({ code: "run-failed" });
    expect(run.signal.aborted).toBe(true);
    expect(await run.closed).toMatchObject({ reason: "lost" });
    await expect(broker.run("s")).rejects.toMatchObject({ code: "closed" });
  });

  test("no cursor reads another run: neither one with another id, nor an earlier one with the same id", async () => {
    const { broker } = await brokerOf();
    const one = await broker.run("one");
    const { id: inOne } = await one.publish("secret");
    const two = await broker.run("two");
    await two.publish("mine");
    const { id: inTwo } = await two.publish("too");
    for (const cursor of [
      inOne,
      one.lastEventId,
      broker.lastEventId,
      "1",
      "x.y",
      `${inTwo}x`,
      "\0",
    ]) {
      await expect(read(broker, "two", cursor), cursor).rejects.toMatchObject({
        code: "run-gone",
        status: 410,
      });
    }
    await two.end();
    const again = await broker.run("two");
    await again.end("new");
    await expect(read(broker, "two", inTwo)).rejects.toMatchObject({ code: "run-gone" });
    expect(await read(broker, "two")).toEqual(["new"]);
  });

  test("streams and broadcasts are not part of a run, and a run is not part of any stream", async () => {
    const { broker } = await brokerOf();
    const run: Run = await broker.run("r");
    await broker.publish("r", "stream");
    await broker.broadcast("all");
    await run.end("run");
    expect(await read(broker, "r")).toEqual(["run"]);
    const seen: string[] = [];
    const reader = broker.subscribe("r", { from: "earliest" });
    reader.close();
    for await (const { data } of reader) seen.push(data);
    expect(seen).toEqual(["stream", "all"]);
  });

  test("an ended run is kept for ttlMs, then it does not exist", async () => {
    const { broker } = await brokerOf();
    await (await broker.run("r", { ttlMs: 40 })).end("a");
    expect(await read(broker, "r")).toEqual(["a"]);
    await expect.poll(() => broker.runs.find("r")).toBeUndefined();
    await expect(read(broker, "r")).rejects.toMatchObject({ code: "unknown-run", status: 404 });
  });

  test("many events at once arrive in order, each once, even more than a stream keeps", async () => {
    const { broker } = await brokerOf();
    const run = await broker.run("r");
    const ids = await Promise.all(Array.from({ length: 3000 }, (_, n) => run.publish(String(n))));
    await run.end();
    expect(new Set(ids.map(({ id }) => id)).size).toBe(3000);
    expect(await read(broker, "r")).toEqual(Array.from({ length: 3000 }, (_, n) => String(n)));
  });

  test("misuse throws at once", async () => {
    const { broker } = await brokerOf();
    await expect(broker.run("")).rejects.toThrow("id");
    await expect(broker.run("r", { ttl: 5 } as never)).rejects.toThrow("ttlMs");
    await expect(broker.run("r", { leaseMs: 5 })).rejects.toThrow("leaseMs");
    await expect(broker.run("r", { exclusive: "no" as never })).rejects.toThrow("exclusive");
    const run = await broker.run("r");
    await expect(run.publish({ type: END_TYPE, data: "" })).rejects.toThrow("reserved");
    await expect(run.from("text" as never)).rejects.toThrow(TypeError);
    await expect(run.publish("x".repeat(2 ** 21))).rejects.toMatchObject({
      code: "event-too-large",
    });
    await run.publish("still here");
    await run.end();
  });

  test("an end that cannot be written does not end the run", async () => {
    const { broker } = await brokerOf();
    const run = await broker.run("r");
    await expect(run.end({ data: new Map() })).rejects.toThrow(TypeError);
    await run.publish("still open");
    await run.end();
    expect(await read(broker, "r")).toEqual(["still open"]);
  });

  test("after end() nothing more is accepted, even in the same turn", async () => {
    const { broker } = await brokerOf();
    const run = await broker.run("r");
    const ending = run.end("last");
    await expect(run.publish("late")).rejects.toMatchObject({ code: "run-over" });
    await ending;
    expect(await read(broker, "r")).toEqual(["last"]);
  });

  test("a source is closed when the run ends without it", async () => {
    const { broker } = await brokerOf();
    const run = await broker.run("r");
    let left = false;
    const endless = (async function* () {
      try {
        for (;;) {
          yield "x";
          await sleep(2);
        }
      } finally {
        left = true;
      }
    })();
    const producing = run.from(endless);
    await sleep(20);
    await run.end("done");
    await producing;
    await expect.poll(() => left).toBe(true);
    expect((await read(broker, "r")).at(-1)).toBe("done");
  });

  test("an unawaited failure is passed to onError", async () => {
    const { broker, errors } = await brokerOf();
    const run = await broker.run("r");
    await run.end();
    void run.publish("late");
    await expect.poll(() => errors).toMatchObject([{ code: "run-over" }]);
  });
}

test("a run whose beginning the log has dropped reports it, and delivers no half of it", async () => {
  const broker = new Broker({ log: memoryLog({ maxBytes: 40_000 }) });
  onTestFinished(() => broker.close({ graceMs: 0 }));
  const run = await broker.run("r");
  for (let n = 0; n < 100; n++) await run.publish("x".repeat(1000));
  await run.end();
  await expect(read(broker, "r")).rejects.toMatchObject({ code: "run-gone" });
});

test.each([
  ["ttlMs", { ttlMs: -1 }],
  ["leaseMs", { leaseMs: 0 }],
  ["exclusive", { exclusive: "no" }],
  ["events", { events: 7 }],
  ["check", { check: 1 }],
  ["check", { check: true }],
])("a run with an invalid %s is refused by name", async (name, options) => {
  const broker = new Broker();
  onTestFinished(() => broker.close());
  await expect(broker.run("r", options as never)).rejects.toThrow(name);
});

test("the handle of a run reads it, and can stop it", async () => {
  const broker = new Broker();
  onTestFinished(() => broker.close());
  const run = await broker.run("r");
  await run.publish("a");
  const got: string[] = [];
  for await (const { data } of run.read({ live: false })) got.push(data);
  expect(got).toEqual(["a"]);
  await run.stop();
  expect(run.signal.aborted).toBe(true);
  await run.end();
  expect(await run.closed).toMatchObject({ reason: "stopped" });
});
