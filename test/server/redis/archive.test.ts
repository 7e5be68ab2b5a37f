import { expect, test } from "vitest";
import { until } from "../../support/collect.ts";
import { Archive } from "../../../packages/server/src/redis/archive.ts";
import { Forgotten } from "../../../packages/server/src/redis/forgotten.ts";
import { keys, linked, raw, type Answer } from "./fake.ts";

const options = { to: ["stream:s"], limit: 9 } as const;
const behind = (id: string): { id: string; before: boolean } => ({ id, before: false });

/** A stream of these ids, as Redis answers for it. */
const stream =
  (ids: readonly string[]): Answer =>
  ([command, , from = "", to = "", , count]) => {
    const [first, step] = command === "XRANGE" ? [from, 1] : [to, -1];
    const low = first === "-" ? 0 : Number(first.split("-")[0]);
    const kept = ids.filter((id) => Number(id.split("-")[0]) >= low);
    return (step === 1 ? kept : kept.toReversed()).slice(0, Number(count)).map((id) => raw(id, id));
  };

function archive(answer: Answer): { archive: Archive; asked: () => (readonly string[])[] } {
  const { link, connections } = linked(answer);
  const reads = (): (readonly string[])[] =>
    connections.flatMap(({ asked }) => asked).filter(([name]) => name === "XRANGE");
  return { archive: new Archive(link, keys, new Forgotten(), () => undefined), asked: reads };
}

test("after an entry that still exists, nothing is missing", async () => {
  const { archive: kept } = archive(stream(["1-0", "2-0", "3-0"]));
  const page = await kept.after(behind("1-0"), options);
  expect(page).toMatchObject({ contiguous: true, more: false, at: "3-0" });
  expect(page.events.map(({ id }) => id)).toEqual(["2-0", "3-0"]);
  const from = await kept.after({ id: "2-0", before: true }, options);
  expect(from.events.map(({ id }) => id)).toEqual(["2-0", "3-0"]);
});

test("after an entry that is gone, something may be missing", async () => {
  const { archive: kept } = archive(stream(["3-0", "5-0"]));
  expect(await kept.after(behind("1-0"), options)).toMatchObject({
    reason: "trimmed",
    at: "5-0",
    to: "3-0",
  });
  expect(await kept.after({ id: "1-0", before: true }, options)).toMatchObject({
    reason: "trimmed",
  });
  expect(await kept.after(behind("4-0"), options)).toMatchObject({ reason: "reset", to: "5-0" });
  expect(await kept.after(behind("9-0"), options)).toMatchObject({
    reason: "reset",
    at: "5-0",
    resume: "5-0",
    events: [],
  });
});

test("pages are full or the last one", async () => {
  const { archive: kept } = archive(stream(["1-0", "2-0", "3-0", "4-0"]));
  const page = await kept.after(behind("1-0"), { ...options, limit: 2 });
  expect(page).toMatchObject({ more: true, at: "3-0" });
  expect(await kept.after(behind(page.at), { ...options, limit: 2 })).toMatchObject({
    more: false,
    at: "4-0",
  });
});

test("identical requests are shared, and the number of concurrent ones is limited", async () => {
  let [open, most] = [0, 0];
  const { archive: kept, asked } = archive(async (args) => {
    most = Math.max(most, ++open);
    await new Promise((resolve) => setTimeout(resolve, 1));
    open--;
    return stream(["1-0", "2-0"])(args);
  });
  await Promise.all(Array.from({ length: 50 }, () => kept.after(behind("1-0"), options)));
  expect(asked()).toHaveLength(1);
  await Promise.all(
    Array.from({ length: 60 }, (_, i) => kept.after(behind("1-0"), { ...options, limit: i + 1 })),
  );
  expect(asked()).toHaveLength(61);
  expect(most).toBe(2);
});

test("large events are read in small pages", async () => {
  const large = "x".repeat(1 << 20);
  const { archive: kept, asked } = archive(() => [raw("1-0", large), raw("2-0", large)]);
  await kept.after(behind("1-0"), { ...options, limit: 256 });
  await kept.after(behind("1-0"), { ...options, limit: 256 });
  expect(asked().map((args) => Number(args.at(-1)))).toEqual([65, 2]);
});

test("a lagging reader waits for Redis, and is not disconnected", async () => {
  let away = true;
  const answer = stream(["1-0", "2-0"]);
  const { archive: kept } = archive((args) => (away ? new Error("LOADING") : answer(args)));
  const page = kept.after(behind("1-0"), options);
  await until(() => expect(String(kept.failure)).toContain("LOADING"));
  away = false;
  expect((await page).contiguous).toBe(true);
});

test("an empty stream gets an entry, so that every position in it is its own", async () => {
  const ids: string[] = [];
  const { archive: kept } = archive((args) => {
    if (args[0] === "XADD") return ids.push("7-0") && "7-0";
    return stream(ids)(args);
  });
  expect(await kept.last()).toBe("7-0");
  expect(await kept.oldest(options)).toMatchObject({ contiguous: true, events: [{ id: "7-0" }] });
});

test("once the log is closed no call is pending", async () => {
  const { link } = linked(() => 1, { door: () => new Error("refused") });
  const kept = new Archive(link, keys, new Forgotten(), () => undefined);
  const page = kept.after(behind("1-0"), options);
  link.close();
  await expect(page).rejects.toMatchObject({ code: "closed" });
});
