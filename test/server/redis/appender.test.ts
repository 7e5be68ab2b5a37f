import type { Draft } from "@steadfeed/server";
import { expect, test } from "vitest";
import { Appender, type AppenderOptions } from "../../../packages/server/src/redis/appender.ts";
import { keys, linked, silence, type Answer, type Linked } from "./fake.ts";

const draft: Draft = {
  to: "stream:s",
  type: undefined,
  data: "x",
  retryMs: undefined,
  id: undefined,
  minVersion: Number.NEGATIVE_INFINITY,
  expiresAt: undefined,
  limitBytes: 1000,
};

async function opened(
  answer: Answer,
  options: Partial<AppenderOptions> = {},
): Promise<Linked & { readonly appender: Appender }> {
  const line = linked(answer);
  await line.link.ready();
  const retention = { events: 9 };
  const appender = new Appender({
    link: line.link,
    keys,
    onceMs: 60,
    retention,
    queueEvents: 0,
    ...options,
  });
  return { ...line, appender };
}

test("an event is one command, which trims too", async () => {
  const { appender, connections } = await opened(() => "1-0");
  expect(await appender.append(draft)).toEqual({ id: "1-0" });
  expect(connections[0]!.asked.at(-1)).toEqual([
    "XADD",
    keys.log,
    "MAXLEN",
    "~",
    "9",
    "*",
    "to",
    "stream:s",
    "data",
    "x",
  ]);
});

test("with maxAgeMs, events that are too old are trimmed", async () => {
  const { appender, connections } = await opened(() => "1-0", { retention: { ms: 1000 } });
  await appender.append(draft);
  const [, , how, , than] = connections[0]!.asked.at(-1)!;
  expect(how).toBe("MINID");
  expect(Math.abs(Date.now() - 1000 - Number(than))).toBeLessThan(5000);
});

test("with a key it is one script, which returns whether the event was stored before", async () => {
  const { appender } = await opened((args) => ["1-0", args.includes(keys.once("k")) ? 1 : 0]);
  expect(await appender.append({ ...draft, idempotencyKey: "k" })).toEqual({
    id: "1-0",
    duplicate: true,
  });
  expect(await appender.append({ ...draft, idempotencyKey: "l" })).toEqual({ id: "1-0" });
});

test("if Redis refuses, nothing was stored; without a reply, it is uncertain", async () => {
  const refused = await opened(() => new Error("OOM command not allowed"));
  await expect(refused.appender.append(draft)).rejects.toMatchObject({
    code: "unavailable",
    message: expect.stringContaining("OOM"),
  });
  const silent = await opened(() => silence);
  const waiting = silent.appender.append(draft);
  silent.connections[0]!.lose();
  await expect(waiting).rejects.toMatchObject({ code: "uncertain", cause: expect.any(Error) });
});

test("while Redis is away it rejects at once, or waits its turn up to a limit", async () => {
  const strict = await opened(() => "1-0");
  strict.connections[0]!.lose();
  await Promise.resolve();
  expect(() => void strict.appender.append(draft)).toThrow(
    expect.objectContaining({ code: "unavailable" }),
  );

  const patient = await opened(() => "1-0", { queueEvents: 2 });
  patient.connections[0]!.lose();
  await Promise.resolve();
  const waiting = ["1", "2"].map((data) => patient.appender.append({ ...draft, data }));
  expect(() => void patient.appender.append(draft)).toThrow(
    expect.objectContaining({ code: "unavailable" }),
  );
  await patient.link.ready();
  patient.appender.flush();
  await Promise.all(waiting);
  expect(patient.connections[1]!.asked.slice(1).map((args) => args.at(-1))).toEqual(["1", "2"]);
});

test("waiting calls reject when the log closes", async () => {
  const { appender, link, connections } = await opened(() => "1-0", { queueEvents: 2 });
  connections[0]!.lose();
  await Promise.resolve();
  const waiting = appender.append(draft);
  link.close();
  appender.close();
  await expect(waiting).rejects.toMatchObject({ code: "closed" });
});

test("an invalid event is refused without a request to Redis", async () => {
  const { appender, connections } = await opened(() => "1-0");
  expect(() => void appender.append({ ...draft, id: "own" })).toThrow(/id is not for redisLog/);
  expect(() => void appender.append({ ...draft, type: "a\nb" })).toThrow(TypeError);
  expect(() => void appender.append({ ...draft, data: "x".repeat(2000) })).toThrow(/eventBytes/);
  expect(connections[0]!.asked).toHaveLength(1);
});
