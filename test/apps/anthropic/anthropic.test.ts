import Anthropic from "@anthropic-ai/sdk";
import { createServer } from "node:http";
import { setTimeout as sleep } from "node:timers/promises";
import { location, steadyFetch } from "@steadfeed/client/fetch";
import { Broker } from "@steadfeed/server";
import { runHandler } from "@steadfeed/server/node";
import { expect, onTestFinished, test } from "vitest";
import { failing, healing, type App } from "../shared/app.ts";
import { portOf, stream } from "../shared/line.ts";
import { lineTo } from "../shared/proxy.ts";

const words = ["A", " feed", " keeps", " its", " place", " ✓."];
const options = {
  retry: { initialDelayMs: 5, maxDelayMs: 20 },
  timeouts: { idleMs: 250 },
  until: ({ type }: { type: string }) => type === "message_stop",
};

const message = {
  id: "msg_1",
  type: "message",
  role: "assistant",
  model: "any",
  content: [],
  stop_reason: null,
  stop_sequence: null,
  usage: { input_tokens: 1, output_tokens: 1 },
};
const events = [
  { type: "message_start", message },
  { type: "content_block_start", index: 0, content_block: { type: "text", text: "" } },
  { type: "ping" },
  ...words.map((text) => ({
    type: "content_block_delta",
    index: 0,
    delta: { type: "text_delta", text },
  })),
  { type: "content_block_stop", index: 0 },
  { type: "message_delta", delta: { stop_reason: "end_turn" }, usage: { output_tokens: 6 } },
  { type: "message_stop" },
];
const wire = (withIds: boolean, after = -1): string =>
  events
    .map((event, at) => {
      const id = withIds ? `id: ${at}\n` : "";
      return `${id}event: ${event.type}\ndata: ${JSON.stringify(event)}\n\n`;
    })
    .slice(after + 1)
    .join("");

const app: Omit<App, "steady" | "answer"> = {
  words,
  refusal: {
    status: 401,
    body: { type: "error", error: { type: "authentication_error", message: "Who are you?" } },
    error: { status: 401, error: { error: { type: "authentication_error" } } },
  },
  async ask(url, fetch, got, signal) {
    const client = new Anthropic({ baseURL: url, apiKey: "none", fetch, maxRetries: 0 });
    const answer = await client.messages.create(
      { model: "any", max_tokens: 10, messages: [{ role: "user", content: "?" }], stream: true },
      { signal },
    );
    for await (const event of answer) {
      if (event.type === "content_block_delta" && event.delta.type === "text_delta")
        got.push(event.delta.text);
    }
  },
};

failing("anthropic, messages", {
  ...app,
  steady: () => steadyFetch(options),
  answer: (_, response, cut) => (void stream(response, wire(false), cut), true),
});

healing("anthropic behind a server that keeps the answer", {
  ...app,
  steady: () => steadyFetch({ ...options, resume: location() }),
  answer({ method, headers }, response, cut) {
    const isNew = method === "POST";
    const after = isNew ? -1 : Number(headers["last-event-id"] ?? -1);
    const where = { "Content-Location": "/answers/1" };
    void stream(response, wire(true, after), cut, isNew ? where : {});
    return isNew;
  },
});

test("Anthropic's SDK on our runs: the connection breaks repeatedly, and the model runs once", async () => {
  let models = 0;
  const broker = new Broker();
  const handler = runHandler(broker, {
    path: "/v1/messages",
    authorize: (request) => request.header("authorization") === "Bearer none",
    async *start() {
      models++;
      for (const event of events) {
        await sleep(40);
        yield { type: event.type, data: JSON.stringify(event) };
      }
    },
  });
  const server = createServer(handler);
  const line = await lineTo(`http://127.0.0.1:${await portOf(server)}`);
  onTestFinished(() => broker.close());
  const got: string[] = [];
  const fetch = steadyFetch({ ...options, resume: location() });
  const asking = app.ask(line.url, fetch, got, new AbortController().signal);
  for (const count of [1, 3, 4]) {
    await expect.poll(() => got.length).toBeGreaterThanOrEqual(count);
    line.away();
  }
  await asking;
  expect(got).toEqual(words);
  expect(models).toBe(1);
});
