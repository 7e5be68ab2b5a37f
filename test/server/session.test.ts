import { memoryLog, type Entry } from "@steadfeed/server";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { Cursor } from "../../packages/server/src/session/cursor.ts";
import { draftOf } from "../../packages/server/src/broker/publisher.ts";
import { SessionCore } from "../../packages/server/src/session/session-core.ts";
import { Outlet } from "../../packages/server/src/session/outlet.ts";
import { profiles } from "../../packages/server/src/log/profile.ts";
import { deferred, MemorySink } from "./support.ts";

beforeEach(() => vi.useFakeTimers());
afterEach(() => vi.useRealTimers());

interface Setting {
  policy?: "disconnect" | "resume" | "skip";
  profile?: "standard" | "go";
  expiresAt?: number;
}

function open({ policy = "disconnect", profile = "standard", expiresAt }: Setting = {}) {
  const log = memoryLog();
  const sink = new MemorySink();
  const outlet = new Outlet(sink, profiles[profile], {}, false, expiresAt);
  const watcher = {
    ended: vi.fn<(...args: unknown[]) => void>(),
    released: vi.fn<(...args: unknown[]) => void>(),
    failed: vi.fn<(...args: unknown[]) => void>(),
  };
  const session = new SessionCore<unknown>({
    shared: { watcher, slow: { timeoutMs: 100, tolerance: 2, policy }, beatEvery: 1 },
    outlet,
    cursor: new Cursor(log, ["stream:s"], 0, "live", ""),
    state: 1,
    resumed: true,
  });
  sink.watch(session);
  const publish = (data: string): Entry => {
    const entry = log.append(draftOf("stream:s", data, {}, 1000)) as Entry;
    session.pump();
    return entry;
  };
  const visitAfter = (ms: number): void => {
    vi.advanceTimersByTime(ms);
    session.visit(Date.now());
  };
  return { log, sink, session, watcher, publish, visitAfter };
}

test("a welcome comes before everything else, also before events published during it", () => {
  const { session, sink, publish } = open();
  publish("published");
  expect(session.send({ type: "welcome", data: { you: 1 } })).toBe(true);
  expect(sink.got).toEqual(['{"you":1}']);
  session.start();
  expect(sink.got).toEqual(['{"you":1}', "published"]);
});

test("each method of writing writes the documented text", () => {
  const { session, sink } = open();
  session.send("text");
  session.json("text", "j");
  session.json({ a: [1] });
  session.xml(7, (value) => `<v>${value}</v>`, "x");
  session.comment("two\nlines");
  session.send({ id: "any", data: "own id", retryMs: 5 });
  expect(sink.text).toBe(
    ': \n\ndata: text\n\nevent: j\ndata: "text"\n\ndata: {"a":[1]}\n\nevent: x\ndata: <v>7</v>\n\n: two\n: lines\n\nid: any\nretry: 5\ndata: own id\n\n',
  );
});

test("nothing can be injected, and a refused event writes nothing", () => {
  const { session, sink } = open();
  for (const event of [
    { data: "", id: "1\nevent: evil" },
    { data: "", type: "a\rb" },
    { data: "", retryMs: 1.5 },
    { data: undefined },
    { data: "", type: "steadfeed.gap" },
  ]) {
    expect(() => session.send(event)).toThrow(TypeError);
  }
  expect(() => session.json(undefined)).toThrow(TypeError);
  expect(() => session.xml({}, undefined as never)).toThrow(
    /needs a function from the value to text/,
  );
  session.comment("x\n\ndata: evil\n\n");
  expect([sink.events, sink.status]).toEqual([[], 200]);
});

test("writing to a slow reader is refused, not queued, until it has drained", async () => {
  const { session, sink } = open();
  session.start();
  sink.room = 1;
  expect(session.send("1")).toBe(true);
  expect([session.send("2"), session.comment()]).toEqual([false, false]);
  const drained = session.drained();
  sink.drain();
  expect(await drained).toBe(true);
  expect(session.send("2")).toBe(true);
  expect(sink.got).toEqual(["1", "2"]);
});

test("a pending wait for space settles when the session ends", async () => {
  const { session, sink } = open();
  session.start();
  sink.room = 1;
  session.send("1");
  const drained = session.drained();
  sink.leave();
  expect(await drained).toBe(false);
  expect(await session.drained()).toBe(false);
  expect([session.send("2"), session.open]).toEqual([false, false]);
});

test("a source is read at the pace of its reader", async () => {
  const { session, sink } = open();
  session.start();
  sink.room = 1;
  let asked = 0;
  const source = (async function* () {
    for (; asked < 5; asked++) yield `${asked}`;
  })();
  const written = session.from(source);
  await vi.advanceTimersByTimeAsync(1);
  expect([sink.got, asked]).toEqual([["0"], 1]);
  for (let i = 0; i < 6; i++) {
    sink.drain();
    await vi.advanceTimersByTimeAsync(1);
  }
  await written;
  expect([sink.got, session.open]).toEqual([["0", "1", "2", "3", "4"], true]);
});

test("a source is closed when the reader leaves during a wait", async () => {
  const { session, sink } = open();
  const returned = vi.fn<(...args: unknown[]) => void>();
  const { promise, resolve } = deferred<IteratorResult<string>>();
  const done = { done: true, value: undefined } as const;
  const events = {
    next: () => promise,
    return: async () => {
      returned();
      resolve(done);
      return done;
    },
  };
  const source = { [Symbol.asyncIterator]: () => events };
  session.start();
  const written = session.from(source);
  await vi.advanceTimersByTimeAsync(1);
  sink.leave();
  await written;
  expect(returned).toHaveBeenCalledTimes(1);
  await session.from(source);
  expect(returned).toHaveBeenCalledTimes(2);
});

test("an error thrown by a source reaches the caller, and the session stays open", async () => {
  const { session } = open();
  const source = (async function* () {
    yield "1";
    throw new Error("model gone");
  })();
  await expect(session.from(source)).rejects.toThrow("model gone");
  expect(session.open).toBe(true);
});

test("a source that yields invalid data is closed, and the session stays open", async () => {
  const { session } = open();
  const finished = vi.fn<() => void>();
  const source = (async function* () {
    try {
      yield "1";
      yield { data: "x", type: "a\nb" };
    } finally {
      finished();
    }
  })();
  await expect(session.from(source)).rejects.toThrow(TypeError);
  expect(finished).toHaveBeenCalledTimes(1);
  expect(session.open).toBe(true);
});

test("closing delivers events published earlier in the same turn, then nothing more", async () => {
  const { session, sink, log, watcher } = open();
  session.start();
  const closed = session.closed;
  void log.append(draftOf("stream:s", "last words", {}, 1000));
  session.close();
  session.close();
  session.pump();
  expect([sink.got, sink.over, await closed, await session.closed]).toEqual([
    ["last words"],
    "end",
    "server",
    "server",
  ]);
  expect(watcher.ended).toHaveBeenCalledExactlyOnceWith(session, "server");
  expect(watcher.released).toHaveBeenCalledExactlyOnceWith(session);
});

test("however it ends, it ends once and for one reason", () => {
  const { session, sink, watcher } = open();
  session.start();
  sink.lingers = true;
  session.end("replaced");
  session.end("slow");
  sink.leave();
  sink.leave();
  expect(watcher.ended.mock.calls).toEqual([[session, "replaced"]]);
  expect(watcher.released).toHaveBeenCalledTimes(1);
});

test("a quiet reader gets heartbeats; a slow one, or one without a head yet, does not", () => {
  const { session, sink, visitAfter } = open();
  visitAfter(50);
  expect(sink.writes).toEqual([]);
  session.start();
  visitAfter(50);
  visitAfter(50);
  expect(sink.text).toBe(": \n\n".repeat(1) + "id: " + session.lastEventId + "\n\n: \n\n");
  sink.room = 1;
  session.send("x");
  const before = sink.text;
  visitAfter(50);
  expect(sink.text).toBe(before);
});

test("a reader that vanished is disconnected after its strikes", async () => {
  const { session, sink, visitAfter } = open({ policy: "disconnect" });
  session.start();
  sink.room = 1;
  session.send("x");
  visitAfter(100);
  expect(session.open).toBe(true);
  visitAfter(100);
  expect([await session.closed, sink.over]).toEqual(["slow", "abort"]);
});

test("with resume a stopped reader may stay, and misses no kept event", () => {
  const { session, sink, publish, visitAfter } = open({ policy: "resume" });
  session.start();
  sink.room = 1;
  for (const data of ["0", "1", "2"]) publish(data);
  for (let i = 0; i < 50; i++) visitAfter(100);
  expect(sink.got).toEqual(["0"]);
  for (let i = 0; i < 3; i++) sink.drain();
  expect([sink.got, session.open]).toEqual([["0", "1", "2"], true]);
});

test("with skip it continues at the newest event, with a gap", () => {
  const { session, sink, publish, visitAfter } = open({ policy: "skip" });
  session.start();
  sink.room = 1;
  for (const data of ["0", "1", "2"]) publish(data);
  visitAfter(100);
  visitAfter(100);
  sink.room = 1000;
  sink.drain();
  publish("3");
  expect(sink.got).toEqual(["0", "[slow]", "3"]);
});

test("a response that is never read to its end does not linger forever", () => {
  const { session, sink, watcher, visitAfter } = open();
  session.start();
  sink.lingers = true;
  session.close();
  visitAfter(99);
  expect(sink.over).toBe("end");
  visitAfter(1);
  expect(sink.over).toBe("abort");
  expect(watcher.released).toHaveBeenCalledTimes(1);
});

test("an admission that expires ends the session on time", async () => {
  const { session, visitAfter } = open({ expiresAt: Date.now() + 150 });
  session.start();
  visitAfter(100);
  expect(session.open).toBe(true);
  visitAfter(50);
  expect(await session.closed).toBe("expired");
});

test("a server that ends a Go client's response aborts it, so that it reconnects", () => {
  const { session, sink } = open({ profile: "go" });
  session.start();
  session.close();
  expect(sink.over).toBe("abort");
});

test("finishing waits for a slow reader", () => {
  const { session, sink, publish } = open();
  session.start();
  sink.room = 1;
  publish("0");
  publish("1");
  session.finish("shutdown", undefined, undefined);
  expect([sink.got, session.open]).toEqual([["0"], true]);
  sink.room = 1000;
  sink.drain();
  expect([sink.got, session.open, sink.over]).toEqual([["0", "1"], false, "end"]);
});

test("a session has an identity of its own and keeps its given state", () => {
  const [one, two] = [open().session, open().session];
  expect(one.id).toBe(one.id);
  expect(one.id).not.toBe(two.id);
  expect([one.state, one.version, one.client, one.streams]).toEqual([1, 0, undefined, []]);
});
