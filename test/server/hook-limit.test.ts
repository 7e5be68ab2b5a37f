import { Broker, type BrokerOptions } from "@steadfeed/server";
import { nodeHandler, runHandler } from "@steadfeed/server/node";
import { publishHandler } from "@steadfeed/server/publish";
import { webHandler } from "@steadfeed/server/web";
import { expect, test, vi } from "vitest";
import { listen } from "./servers.ts";
import { deferred, MemorySink, read } from "./support.ts";

const never = (): Promise<never> => new Promise(() => undefined);
const url = "http://x/?stream=s";

function open(options: BrokerOptions = {}) {
  const onError = vi.fn<(error: unknown, where: { readonly phase: string }) => void>();
  const broker = new Broker({ hookMs: 50, onError, ...options });
  const reported = (): string[] =>
    onError.mock.calls.map(([error, { phase }]) => `${phase}: ${(error as Error).message}`);
  return { broker, reported };
}

test("an admit that never settles is answered with 504, and reported", async () => {
  const { broker, reported } = open();
  const node = await fetch(`${await listen(nodeHandler(broker, { admit: never }))}/?stream=s`);
  const web = await webHandler(broker, { admit: never })(new Request(url));
  expect([node.status, web.status, broker.stats().refused]).toEqual([504, 504, 2]);
  expect(await web.text()).toBe("The server took too long.");
  const why = "admit: admit has not settled within 50 ms: see hookMs.";
  expect(reported()).toEqual([why, why]);
});

test("an onConnect that never settles is answered with 504, and leaves no session", async () => {
  const { broker, reported } = open({ onConnect: never });
  const response = await webHandler(broker)(new Request(url));
  expect([response.status, broker.sessions().size]).toEqual([504, 0]);
  expect(reported()).toEqual(["connect: onConnect has not settled within 50 ms: see hookMs."]);
});

test("an onConnect that never settles after its welcome breaks the response off", async () => {
  const { broker, reported } = open({
    onConnect: (session) => {
      session.send("welcome");
      return never();
    },
  });
  const response = await webHandler(broker)(new Request(url));
  expect(response.status).toBe(200);
  await expect(response.text()).rejects.toThrow("broken off");
  expect([reported().length, broker.sessions().size]).toEqual([1, 0]);
});

test("the other hooks that a request waits for have the limit too", async () => {
  const { broker, reported } = open();
  const start = (): void => undefined;
  const statuses = await Promise.all(
    [
      runHandler(broker, { start, authorize: never }),
      runHandler(broker, { start, authorize: false, id: never }),
      publishHandler(broker, { authorize: never }),
    ].map(async (handler) => {
      const at = await listen(handler);
      return (await fetch(`${at}/runs/1?stream=s`, { method: "POST", body: "1" })).status;
    }),
  );
  expect(statuses).toEqual([504, 504, 504]);
  expect(reported().toSorted()).toEqual([
    "publish: authorize has not settled within 50 ms: see hookMs.",
    "run: authorize has not settled within 50 ms: see hookMs.",
    "run: id has not settled within 50 ms: see hookMs.",
  ]);
});

test("a hook that settles in time leaves no timer, and one that rejects later is not reported again", async () => {
  vi.useFakeTimers();
  try {
    const late = deferred<{ streams: string }>();
    const { broker, reported } = open({ onConnect: () => Promise.resolve() });
    const response = await webHandler(broker, {
      admit: () => Promise.resolve({ streams: "s" }),
    })(new Request(url));
    expect(response.status).toBe(200);
    await response.body!.cancel();
    expect(vi.getTimerCount()).toBe(0);
    const admit = () => late.promise.then(() => Promise.reject(new Error("late")));
    const answered = webHandler(broker, { admit })(new Request(url));
    await vi.advanceTimersByTimeAsync(50);
    expect((await answered).status).toBe(504);
    late.resolve({ streams: "s" });
    await vi.advanceTimersByTimeAsync(50);
    expect(reported()).toHaveLength(1);
  } finally {
    vi.useRealTimers();
  }
});

test("a shutdown answers the requests that wait for a hook", async () => {
  const { broker, reported } = open({ hookMs: false, onConnect: never });
  const waiting = webHandler(broker, { admit: never })(new Request(url));
  const sink = new MemorySink();
  void read(broker, "s", { sink });
  await broker.close({ graceMs: 50 });
  expect([(await waiting).status, sink.over, broker.sessions().size]).toEqual([503, "end", 0]);
  expect(reported()).toEqual([]);
});
