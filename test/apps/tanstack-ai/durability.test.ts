import { setTimeout as sleep } from "node:timers/promises";
import { Broker } from "@steadfeed/server";
import {
  EventType,
  resumeServerSentEventsResponse,
  toServerSentEventsResponse,
  type StreamChunk,
} from "@tanstack/ai";
import { expect, onTestFinished, test } from "vitest";
import { durability } from "./durability.ts";

const words = Array.from({ length: 12 }, (_, n) => `word${n} `);

async function* model(asked: () => void): AsyncGenerator<StreamChunk> {
  asked();
  const base = { model: "m", timestamp: 0 };
  yield { ...base, type: EventType.RUN_STARTED, runId: "r", threadId: "t" };
  for (const delta of words) {
    yield { ...base, type: EventType.TEXT_MESSAGE_CONTENT, messageId: "a", delta };
    await sleep(20);
  }
  yield { ...base, type: EventType.RUN_FINISHED, runId: "r", threadId: "t" };
}

const request = (headers: Record<string, string> = {}, query = ""): Request =>
  new Request(`http://x.test/chat${query}`, { headers: { "X-Run-Id": "r", ...headers } });

const textOf = (sse: string): string =>
  [...sse.matchAll(/"delta":"([^"]*)"/g)].map(([, delta]) => delta).join("");

test("an answer is stored before it is sent, resumes from an offset, and the model runs once", async () => {
  const broker = new Broker();
  onTestFinished(() => broker.close({ graceMs: 0 }));
  let models = 0;
  const answer = (asked: Request): Response =>
    toServerSentEventsResponse(
      model(() => models++),
      { durability: { adapter: durability(broker, asked), batch: 1 } },
    );
  const whole = await answer(request()).text();
  expect(textOf(whole)).toBe(words.join(""));
  const ids = [...whole.matchAll(/^id: (.*)$/gm)].map(([, id]) => id);
  const rest = await answer(request({ "Last-Event-ID": ids[6] })).text();
  expect(whole.endsWith(rest)).toBe(true);
  expect([...rest.matchAll(/^id: (.*)$/gm)].map(([, id]) => id)).toEqual(ids.slice(7));
  expect(models).toBe(1);
});

test("a reader that joins from the start gets past chunks, new chunks and the end", async () => {
  const broker = new Broker();
  onTestFinished(() => broker.close({ graceMs: 0 }));
  const producing = toServerSentEventsResponse(
    model(() => undefined),
    { durability: { adapter: durability(broker, request()), batch: 1 } },
  ).text();
  const stored = async () => (await durability(broker, request()).snapshot()).length;
  await expect.poll(stored, { interval: 5 }).toBeGreaterThan(1);
  expect(await durability(broker, request({ "X-Run-Id": "none" })).snapshot()).toEqual([]);
  const joining = resumeServerSentEventsResponse({
    adapter: durability(broker, request({}, "?offset=-1")),
  }).text();
  expect(textOf(await joining)).toBe(words.join(""));
  await producing;
});

test("an offset of another run is refused", async () => {
  const broker = new Broker();
  onTestFinished(() => broker.close({ graceMs: 0 }));
  for (const id of ["one", "two"]) await (await broker.run(id)).end({ data: {} });
  const { lastEventId } = (await broker.runs.read("one").next()).value!;
  const reading = durability(broker, request({ "X-Run-Id": "two" })).read(lastEventId);
  await expect(reading[Symbol.asyncIterator]().next()).rejects.toMatchObject({ code: "run-gone" });
});
