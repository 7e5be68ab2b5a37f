import {
  memoryLog,
  ServerError,
  type Address,
  type Appended,
  type Draft,
  type Log,
  type Page,
} from "@steadfeed/server";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { afterEach, expect, test, vi } from "vitest";
import { data as texts, logContract } from "./logs.ts";

function collectGarbage(): void {
  setFlagsFromString("--expose-gc");
  (runInNewContext("gc") as () => void)();
}

afterEach(() => vi.useRealTimers());

logContract("memoryLog", {
  make: async ({ keep } = {}) => ({
    log: memoryLog(keep === undefined ? {} : { maxEvents: keep }),
    trim: () => Promise.resolve(),
  }),
});

function append(log: Log, data: string, more: Partial<Draft> = {}): Appended {
  const appended = log.append({
    to: "stream:s",
    type: undefined,
    retryMs: undefined,
    id: undefined,
    minVersion: 0,
    expiresAt: undefined,
    limitBytes: 1 << 20,
    ...more,
    data,
  });
  if (appended instanceof Promise) throw new Error("memory answers at once");
  return appended;
}

function read(
  log: Log,
  after: string,
  to: Address[] = ["stream:s"],
  limit = 100,
  forgiven?: string,
): Page {
  const page = log.read(after, { to, limit, forgiven });
  if (page instanceof Promise) throw new Error("memory answers at once");
  return page;
}

test("a cursor older than the oldest event gets a gap, and continues with the oldest", () => {
  const log = memoryLog({ maxEvents: 2 });
  const [one, two] = ["1", "2", "3", "4"].map((text) => append(log, text));
  expect(read(log, one!.id)).toMatchObject({
    contiguous: false,
    reason: "trimmed",
    resume: two!.id,
    through: two!.id,
  });
  expect(texts(read(log, one!.id))).toEqual(["3", "4"]);
  expect(read(log, two!.id).contiguous).toBe(true);
});

test("a busy stream takes no history from a quiet one", () => {
  const log = memoryLog({ maxEvents: 2 });
  const start = log.tail;
  append(log, "quiet", { to: "stream:quiet" });
  for (let i = 0; i < 50; i++) append(log, "busy", { to: "stream:busy" });
  const page = read(log, start, ["stream:quiet"]);
  expect([page.contiguous, texts(page)]).toEqual([true, ["quiet"]]);
});

test("a reader of both gets the quiet stream's events despite the busy one's gap, which is sent once", () => {
  const log = memoryLog({ maxEvents: 2 });
  const start = log.tail;
  append(log, "quiet", { to: "stream:quiet" });
  for (let i = 0; i < 5; i++) append(log, `${i}`, { to: "stream:busy" });
  const first = read(log, start, ["stream:quiet", "stream:busy"], 1);
  expect(first).toMatchObject({ contiguous: false, reason: "trimmed", more: true });
  if (first.contiguous) return;
  // From here on nothing is missing; before, between the quiet stream's events, something is.
  expect(first.to).toBe(log.tail.replace(/\d+$/, "5"));
  const rest = read(log, first.at, ["stream:quiet", "stream:busy"], 9, first.through);
  expect([texts(first), rest.contiguous, texts(rest)]).toEqual([["quiet"], true, ["3", "4"]]);
});

test("a restarted server never mistakes an old cursor for a new one", () => {
  const before = memoryLog();
  const old = append(before, "1");
  const after = memoryLog();
  append(after, "new");
  const page = read(after, old.id);
  expect(page).toMatchObject({ contiguous: false, reason: "reset" });
  expect(texts(page)).toEqual(["new"]);
});

test.each([
  ["ahead of the log", (tail: string) => tail.replace(/\d+$/, "999999")],
  ["another form of a number", (tail: string) => tail.replace(/(\d+)$/, "0$1")],
  ["an exponent", (tail: string) => tail.replace(/\d+$/, "1e0")],
  ["a huge number", (tail: string) => tail.replace(/\d+$/, "9".repeat(30))],
  ["words", () => "__proto__"],
  ["line ends", (tail: string) => `${tail}\n`],
])("a forged cursor silences no reader: %s", (_, forge) => {
  const log = memoryLog();
  append(log, "1");
  const page = read(log, forge(log.tail));
  expect(page).toMatchObject({ contiguous: false, reason: "unknown" });
  expect(texts(page)).toEqual(["1"]);
});

test("memory is bounded in bytes over all streams, and the oldest go first", () => {
  const log = memoryLog({ maxBytes: 50_000 });
  const start = log.tail;
  for (let i = 0; i < 200; i++) append(log, "x".repeat(100), { to: `stream:${i % 7}` });
  const kept = [0, 1, 2, 3, 4, 5, 6].flatMap((i) => read(log, "", [`stream:${i}`]).events);
  const bytes = kept.reduce((sum, { frame }) => sum + frame.bytes.byteLength, 0);
  // An event costs more than its bytes.
  expect(bytes).toBeLessThan(10_000);
  expect(kept.length).toBeGreaterThan(20);
  const newest = kept.map(({ at }) => Number(at.split("-")[1])).toSorted((a, b) => a - b);
  expect(newest).toEqual(newest.map((_, i) => 200 - newest.length + i + 1));
  expect(read(log, start, ["stream:3"]).contiguous).toBe(false);
});

test.each([
  ["mail of 2 bytes to a client each", 2, (i: number): Address => `client:${i}`],
  ["mail of 1 000 bytes to a client each", 1000, (i: number): Address => `client:${i}`],
  ["a stream each, with a long name", 2, (i: number): Address => `stream:${i}${"x".repeat(200)}`],
  ["one stream of small events", 2, (): Address => "stream:s"],
  ["one stream of events of 100 bytes", 100, (): Address => "stream:s"],
  ["ids of the publisher's own", 2, (): Address => "stream:s", (i: number) => ({ id: `own ${i}` })],
  [
    "idempotency keys",
    2,
    (): Address => "stream:s",
    (i: number) => ({ idempotencyKey: `${i}`.padStart(36, "k") }),
  ],
] as [string, number, (i: number) => Address, ((i: number) => object)?][])(
  "maxBytes is the memory of the process: %s",
  async (_, size, to, more = () => ({})) => {
    const used = async (): Promise<number> => {
      // Buffers go a turn after what held them.
      for (let i = 0; i < 3; i++) {
        await new Promise((resolve) => setTimeout(resolve, 20));
        collectGarbage();
      }
      const { heapUsed, external } = process.memoryUsage();
      return heapUsed + external;
    };
    const log = memoryLog({ maxBytes: 8 << 20, maxEvents: 1_000_000 });
    const before = await used();
    for (let i = 0; i < 50_000; i++)
      append(log, `${i}`.padEnd(size, "x"), { to: to(i), ...more(i) });
    const paid = (await used()) - before;
    expect(paid).toBeLessThan(10 << 20);
    // Nor is a log emptier than its memory.
    expect(paid).toBeGreaterThan(5 << 20);
    expect(read(log, "", [to(49_999)]).events.length).toBeGreaterThan(0);
  },
);

test("streams whose events are gone leave only that fact, and a gap", () => {
  const log = memoryLog({ maxBytes: 100_000, maxEvents: 1 });
  const start = log.tail;
  append(log, "1", { to: "stream:quiet" });
  for (let i = 0; i < 500; i++) append(log, "x", { to: `stream:${i}` });
  // Used again, it still knows.
  append(log, "2", { to: "stream:quiet" });
  expect(read(log, start, ["stream:quiet"])).toMatchObject({ reason: "trimmed" });
  const two = append(log, "3", { to: "stream:other" });
  expect(read(log, two.id, ["stream:quiet"]).contiguous).toBe(true);
});

test("events that expire together are removed at once, and their stream with them", () => {
  vi.useFakeTimers();
  const log = memoryLog();
  const start = log.tail;
  for (let i = 0; i < 3; i++) append(log, "x", { expiresAt: Date.now() + 10 });
  vi.advanceTimersByTime(2000);
  append(log, "y", { to: "stream:t", expiresAt: Date.now() + 10 });
  expect(read(log, start)).toMatchObject({ contiguous: true, events: [] });
});

test("an event larger than the whole memory is still delivered", () => {
  const log = memoryLog({ maxBytes: 10 });
  const start = log.tail;
  append(log, "x".repeat(100));
  expect(texts(read(log, start))).toHaveLength(1);
});

test("dropped events are released, also after a quiet stream's only event", async () => {
  const log = memoryLog({ maxEvents: 1 });
  const start = log.tail;
  append(log, "quiet", { to: "stream:quiet" });
  append(log, "busy", { to: "stream:busy" });
  const dropped = new WeakRef(read(log, start, ["stream:busy"]).events[0]!);
  for (let i = 0; i < 1000; i++) append(log, "busy", { to: "stream:busy" });
  await new Promise(setImmediate);
  collectGarbage();
  expect(dropped.deref()).toBeUndefined();
  expect(texts(read(log, start, ["stream:quiet"]))).toEqual(["quiet"]);
});

test("expired events are removed from memory, without a gap", () => {
  vi.useFakeTimers();
  const log = memoryLog({ maxBytes: 5200 });
  const start = log.tail;
  append(log, "first");
  append(log, "y".repeat(100), { to: "stream:t", expiresAt: Date.now() + 10 });
  vi.advanceTimersByTime(2000);
  // There is only room for this because the expired one is gone.
  append(log, "z".repeat(100));
  expect(read(log, start).contiguous).toBe(true);
  expect(texts(read(log, start))).toEqual(["first", "z".repeat(100)]);
  expect(read(log, start, ["stream:t"])).toMatchObject({ contiguous: true, events: [] });
});

test("a publisher's own ids work as cursors, in the order of publication", () => {
  const log = memoryLog();
  append(log, "1", { id: "zz" });
  append(log, "2");
  append(log, "3", { id: "aa" });
  expect(texts(read(log, "zz"))).toEqual(["2", "3"]);
  expect(texts(read(log, "aa"))).toEqual([]);
  expect(read(log, "mm")).toMatchObject({ contiguous: false, reason: "unknown" });
});

test.each(["a\u0001b", "\u007f", "a\tb", " a", "a ", "\ud800"])(
  "an id that no reader could send back is refused: %j",
  (id) => {
    // Node answers 400 to a header with such a byte, and a native EventSource never comes back after that.
    expect(() => append(memoryLog(), "x", { id })).toThrow(TypeError);
  },
);

test("two events never share an id", () => {
  const log = memoryLog({ maxEvents: 1 });
  append(log, "1", { id: "own" });
  expect(() => append(log, "2", { id: "own" })).toThrow(ServerError);
  append(log, "3");
  expect(() => append(log, "4", { id: "own" })).not.toThrow();
  for (const id of ["", log.tail, log.tail.replace(/\d+$/, "77"), "x".repeat(257)]) {
    expect(() => append(log, "5", { id })).toThrow(TypeError);
  }
});

test("a refused event takes no position", () => {
  const log = memoryLog();
  const before = log.tail;
  const told = vi.fn<(...args: unknown[]) => void>();
  log.watch(told);
  expect(() => append(log, "x", { id: "a\nb" })).toThrow(TypeError);
  expect(() => append(log, "x", { limitBytes: 1 })).toThrow(ServerError);
  expect(log.tail).toBe(before);
  expect(told).not.toHaveBeenCalled();
});

test("thousands of once-used streams are not kept forever, and their removal gives a gap", () => {
  const log = memoryLog({ maxBytes: 1 });
  const start = log.tail;
  for (let i = 0; i < 10_050; i++) append(log, "", { to: `stream:${i}` });
  expect(read(log, start, ["stream:3"])).toMatchObject({ contiguous: false, reason: "trimmed" });
  expect(read(log, log.tail, ["stream:3"]).contiguous).toBe(true);
});

test("ids are short, ASCII, and sort by age within a log", () => {
  const log = memoryLog();
  const ids = Array.from({ length: 3 }, () => append(log, "").id);
  for (const id of ids) expect(id).toMatch(/^[0-9a-z]{12}-\d+$/);
  expect(ids.map((id) => id.split("-")[1])).toEqual(["1", "2", "3"]);
});

test("without options it keeps 1000 events of 30 streams", () => {
  const log = memoryLog();
  for (let i = 0; i < 30_000; i++) append(log, "x".repeat(50), { to: `stream:${i % 30}` });
  for (const i of [0, 13, 29]) {
    expect(read(log, "", [`stream:${i}`], 2000).events).toHaveLength(1000);
  }
});

test("an option that it does not know is named, with the nearest it knows", () => {
  const mistake = (): unknown => memoryLog({ maxEvent: 5 } as object);
  expect(mistake).toThrow(TypeError);
  expect(mistake).toThrow("memoryLog has no maxEvent: did you mean maxEvents?");
  expect(() => memoryLog(5 as unknown as object)).toThrow("memoryLog must be an object, not 5.");
});

test("options on a changed prototype are ignored", () => {
  const log = memoryLog(Object.create({ maxEvents: 1 }) as object);
  append(log, "1");
  append(log, "2");
  expect(texts(read(log, ""))).toEqual(["1", "2"]);
});

test.each([{ maxEvents: 0 }, { maxEvents: 1.5 }, { maxBytes: -1 }])(
  "a limit that is not a count is refused: %o",
  (options) => {
    expect(() => memoryLog(options)).toThrow(TypeError);
  },
);
