import {
  ServerError,
  type Address,
  type Appended,
  type Draft,
  type Log,
  type Page,
} from "@steadfeed/server";
import { describe, expect, test, vi } from "vitest";

/** A log, and what only its kind can do. */
export interface Subject {
  readonly log: Log;
  /** Drops all except the newest so many events of the stream `s`. */
  readonly trim: (keep: number) => Promise<void>;
}

export async function append(log: Log, data: string, more: Partial<Draft> = {}): Promise<Appended> {
  return log.append({
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
}

export async function read(
  log: Log,
  after: string,
  to: Address[] = ["stream:s"],
  limit = 100,
  forgiven?: string,
): Promise<Page> {
  return log.read(after, { to, limit, forgiven });
}

/** All pages from a position on, as one. Pages may be short, or empty. */
export async function readAll(log: Log, after: string, to?: Address[], limit = 100): Promise<Page> {
  const first = await read(log, after, to, limit);
  const events = [...first.events];
  let last = first;
  while (last.more) {
    last = await read(log, last.at, to, limit);
    if (!last.contiguous) throw new Error("a gap between pages");
    events.push(...last.events);
  }
  return { ...first, events, at: last.at, more: false };
}

export const data = (page: Page): string[] => page.events.map((entry) => entry.data);

/** Two logs that are not each other's, as before and after a loss of everything. */
export interface Kind {
  readonly make: (options?: { readonly keep?: number }) => Promise<Subject>;
}

/** What a broker relies on, whatever keeps the events. */
export function logContract(name: string, { make }: Kind): void {
  describe(`the contract of a log: ${name}`, () => {
    test("an appended event can be read at once, and the tail is after it", async () => {
      const { log } = await make();
      const start = log.tail;
      const { id } = await append(log, "1", { type: "t", retryMs: 5, minVersion: 2 });
      expect(log.tail).toBe(id);
      const page = await read(log, start);
      expect(page).toMatchObject({ contiguous: true, more: false, at: log.tail });
      expect(page.events).toMatchObject([{ id, at: id, type: "t", data: "1", minVersion: 2 }]);
      const text = new TextDecoder().decode(page.events[0]!.frame.bytes);
      expect(text).toBe(`id: ${id}\nevent: t\nretry: 5\ndata: 1\n\n`);
    });

    test("replay is exclusive: the event of the cursor is not repeated", async () => {
      const { log } = await make();
      const one = await append(log, "1");
      await append(log, "2");
      await append(log, "3");
      const page = await readAll(log, one.id);
      expect(page).toMatchObject({ contiguous: true, at: log.tail });
      expect(data(page)).toEqual(["2", "3"]);
    });

    test("events keep the order of the calls, awaited or not", async () => {
      const { log } = await make();
      const start = log.tail;
      const texts = Array.from({ length: 50 }, (_, i) => `${i}`);
      const ids = (await Promise.all(texts.map((text) => append(log, text)))).map(({ id }) => id);
      const page = await readAll(log, start);
      expect(data(page)).toEqual(texts);
      expect(page.events.map(({ id }) => id)).toEqual(ids);
    });

    test("a reader of several streams gets them in one order, and no other stream", async () => {
      const { log } = await make();
      const start = log.tail;
      const to: Address[] = ["stream:a", "stream:x", "all", "stream:b", "client:me", "stream:a"];
      for (const [i, address] of to.entries()) await append(log, `${i}`, { to: address });
      const page = await readAll(log, start, ["stream:a", "stream:b", "client:me", "all"]);
      expect(data(page)).toEqual(["0", "2", "3", "4", "5"]);
    });

    test("pages join without a seam", async () => {
      const { log } = await make();
      const start = log.tail;
      for (let i = 0; i < 10; i++) await append(log, `${i}`, { to: i % 2 ? "all" : "stream:s" });
      expect(data(await readAll(log, start, ["stream:s", "all"], 3)).join("")).toBe("0123456789");
    });

    test("a cursor older than the oldest event gets a gap, and continues with the oldest", async () => {
      const { log, trim } = await make({ keep: 2 });
      const one = await append(log, "1");
      for (const text of ["2", "3", "4"]) await append(log, text);
      await trim(2);
      const page = await read(log, one.id);
      expect(page).toMatchObject({ contiguous: false, reason: "trimmed" });
      expect(data(page)).toEqual(["3", "4"]);
      const { to, resume } = page as Extract<Page, { contiguous: false }>;
      expect(to).toBe(page.events[0]!.id);
      // Who breaks off at the gap comes back behind it.
      const again = await read(log, resume);
      expect([again.contiguous, data(again)]).toEqual([true, ["3", "4"]]);
    });

    test("no position means the oldest kept event, without a gap", async () => {
      const { log, trim } = await make({ keep: 1 });
      await append(log, "1");
      await append(log, "2");
      await trim(1);
      const page = await read(log, "");
      expect([page.contiguous, data(page)]).toEqual([true, ["2"]]);
    });

    test("a cursor of an earlier log is never mistaken for one of this log", async () => {
      const before = await make();
      const old = await append(before.log, "1");
      const after = await make();
      await append(after.log, "new");
      expect(await read(after.log, old.id)).toMatchObject({ contiguous: false });
    });

    test.each([
      ["ahead of the log", (tail: string) => tail.replace(/\d+$/, "999999")],
      ["far ahead", () => "9999999999999-0"],
      ["another form of a number", (tail: string) => tail.replace(/(\d+)$/, "0$1")],
      ["an exponent", (tail: string) => tail.replace(/\d+$/, "1e0")],
      ["a huge number", (tail: string) => tail.replace(/\d+$/, "9".repeat(30))],
      ["words", () => "__proto__"],
      ["a Redis position", () => "$"],
      ["a range of Redis", () => "-"],
      ["an exclusive range", (tail: string) => `(${tail}`],
      ["line ends", (tail: string) => `${tail}\n`],
    ])("a forged cursor silences no reader: %s", async (_, forge) => {
      const { log } = await make();
      await append(log, "1");
      const page = await read(log, forge(log.tail));
      expect(page.contiguous).toBe(false);
      await append(log, "2");
      expect(data(await readAll(log, page.at))).toEqual(["2"]);
      const { resume } = page as Extract<Page, { contiguous: false }>;
      expect((await read(log, resume)).contiguous).toBe(true);
    });

    test("a refused event takes no position", async () => {
      const { log } = await make();
      const before = log.tail;
      const told = vi.fn<(...args: unknown[]) => void>();
      log.watch(told);
      await expect(append(log, "x", { type: "a\nb" })).rejects.toThrow(TypeError);
      await expect(append(log, "x", { limitBytes: 1 })).rejects.toThrow(ServerError);
      expect(log.tail).toBe(before);
      expect(told).not.toHaveBeenCalled();
    });

    test("errors known at once are thrown at once", async () => {
      const { log } = await make();
      const broken = {
        to: "stream:s",
        data: "",
        type: "a\nb",
        retryMs: undefined,
        id: undefined,
      } as const;
      const draft = { ...broken, minVersion: 0, expiresAt: undefined, limitBytes: 100 };
      expect(() => void log.append(draft)).toThrow(TypeError);
    });

    test("a second call with the same key stores nothing, and returns the first id", async () => {
      const { log } = await make();
      const start = log.tail;
      const first = await append(log, "1", { idempotencyKey: "k" });
      const [again, other] = await Promise.all([
        append(log, "1", { idempotencyKey: "k" }),
        append(log, "2", { idempotencyKey: "l" }),
      ]);
      expect(first.duplicate ?? false).toBe(false);
      expect(again).toEqual({ id: first.id, duplicate: true });
      expect(other.duplicate ?? false).toBe(false);
      expect(data(await readAll(log, start))).toEqual(["1", "2"]);
    });

    test("clearing affects one stream, and gives a gap to readers that had not read it", async () => {
      const { log } = await make();
      const start = log.tail;
      await append(log, "1");
      await append(log, "other", { to: "stream:o" });
      const two = await append(log, "2");
      expect((await readAll(log, start)).events).toHaveLength(2);
      await log.clear("stream:s");
      await log.clear("stream:none");
      const page = await read(log, start);
      expect(page).toMatchObject({ contiguous: false, reason: "trimmed", events: [] });
      const { through } = page as Extract<Page, { contiguous: false }>;
      const again = await read(log, start, ["stream:s"], 9, through);
      expect(again.contiguous).toBe(true);
      expect((await read(log, two.id)).contiguous).toBe(true);
      expect(data(await readAll(log, start, ["stream:o"]))).toEqual(["other"]);
      await append(log, "3");
      expect(data(await readAll(log, two.id))).toEqual(["3"]);
    });

    test("a watcher gets the address, until it stops", async () => {
      const { log } = await make();
      const told: Address[] = [];
      const stop = log.watch((to) => void told.push(to));
      await append(log, "1");
      await append(log, "2", { to: "all" });
      const count = told.length;
      stop();
      await append(log, "3");
      expect(told).toHaveLength(count);
      // A log may call on all at any time.
      expect(told[0]).toBe("stream:s");
      expect(new Set(told)).toEqual(new Set(["stream:s", "all"]));
    });

    test("a watcher finds the event in the log when it is notified", async () => {
      const { log } = await make();
      const seen: string[][] = [];
      const start = log.tail;
      log.watch(() => {
        const page = log.read(start, { to: ["stream:s"], limit: 9 });
        if (!(page instanceof Promise)) seen.push(data(page));
      });
      await append(log, "1");
      expect(seen[0]).toEqual(["1"]);
    });
  });
}
