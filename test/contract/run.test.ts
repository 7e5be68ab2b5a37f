import { Feed } from "@steadfeed/client";
import { defineStream } from "@steadfeed/contract";
import { Broker, ServerError } from "@steadfeed/server";
import { nodeHandler, runHandler } from "@steadfeed/server/node";
import { expect, expectTypeOf, onTestFinished, test } from "vitest";
import { z } from "zod";
import { listen } from "../server/servers.ts";

const answer = defineStream({
  token: z.string(),
  usage: z.object({ tokens: z.number() }),
});

test("a run with a contract accepts allowed data, as JSON, from any publisher", async () => {
  const broker = new Broker();
  const run = await broker.run("a", { events: answer });
  await run.publish({ type: "token", data: "Hello" });
  await run.end({ type: "usage", data: { tokens: 1 } });
  const other = await broker.run("b", { events: answer });
  async function* source() {
    yield { type: "token" as const, data: "a" };
    yield { type: "usage" as const, data: { tokens: 1 } };
  }
  await other.from(source());
  const read = async (id: string): Promise<string[]> => {
    const data: string[] = [];
    for await (const event of broker.runs.read(id)) data.push(event.data);
    return data;
  };
  expect(await read("a")).toEqual(['"Hello"', '{"tokens":1}']);
  expect(await read("b")).toEqual(['"a"', '{"tokens":1}']);
});

test("refuses other data, at the publisher", async () => {
  const broker = new Broker();
  const run = await broker.run("a", { events: answer });
  const untyped: { publish(event: object): Promise<unknown> } = run;
  const failure = async (event: object): Promise<unknown> =>
    untyped.publish(event).catch((error: unknown) => error);
  expect(await failure({ type: "usage", data: { tokens: "1" } })).toMatchObject({
    code: "invalid",
    message: expect.stringContaining("tokens: "),
  });
  expect(await failure({ type: "tokens", data: 1 })).toEqual(
    new ServerError("unknown-type", "The run: it has no event type tokens, only token, usage."),
  );
  await run.end();
});

test("check: false trusts the compiler", async () => {
  const broker = new Broker();
  const run = await broker.run("a", { events: answer, check: false });
  await run.publish({ type: "token", data: 1 as never });
  await run.end();
  for await (const { data } of run.read()) expect(data).toBe("1");
});

test.each([
  [{ events: z.object({}) }, "events must be a stream of defineStream()"],
  [{ events: answer, check: 1 }, "check must be true or false, not 1."],
  [{ check: true }, "check needs a contract: give events made by defineStream()."],
])("an invalid contract is refused: %#", async (options, message) => {
  const broker = new Broker();
  await expect(broker.run("a", options as never)).rejects.toThrow(message);
  const start = (): void => undefined;
  const making = (): unknown =>
    runHandler(broker, { authorize: false, start, ...(options as object) });
  expect(making).toThrow(message);
});

test("its reader gets typed data, also for a run started over HTTP", async () => {
  const broker = new Broker();
  const runs = runHandler(broker, {
    authorize: false,
    events: answer,
    start: async (_request, run) => {
      await run.publish({ type: "token", data: "Hello" });
    },
  });
  const streams = nodeHandler(broker);
  const url = await listen((request, response) =>
    request.url?.startsWith("/runs") ? runs(request, response) : streams(request, response),
  );
  const feed = new Feed(`${url}/runs`, { method: "POST", retry: false, events: answer });
  onTestFinished(() => feed.close());
  const { data } = await feed.once("token");
  expectTypeOf(data).toEqualTypeOf<string>();
  expect(data).toBe("Hello");
});
