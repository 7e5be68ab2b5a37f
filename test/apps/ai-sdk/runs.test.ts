// The AI SDK's chat over our runs: its own transport, its own stream, our handler.
import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import { location, steadyFetch } from "@steadfeed/client/fetch";
import { Broker } from "@steadfeed/server";
import { aiChat, resumableContext, uiMessages } from "@steadfeed/server/ai";
import { runHandler } from "@steadfeed/server/node";
import {
  createUIMessageStream,
  createUIMessageStreamResponse,
  DefaultChatTransport,
  type UIMessage,
  type UIMessageChunk,
} from "ai";
import { expect, onTestFinished, test } from "vitest";
import type { ResumableStreamContext } from "resumable-stream";
import { lineTo } from "../shared/proxy.ts";

const words = Array.from({ length: 20 }, (_, n) => `word${n} `);

/** An answer of the SDK, as `streamText().toUIMessageStream()` gives it. */
function answer(signal: AbortSignal, asked: () => void): ReadableStream<UIMessageChunk> {
  asked();
  return createUIMessageStream({
    execute: async ({ writer }) => {
      writer.write({ type: "text-start", id: "t" });
      for (const delta of words) {
        if (signal.aborted) return writer.write({ type: "abort" });
        writer.write({ type: "text-delta", id: "t", delta });
        await sleep(40);
      }
      writer.write({ type: "text-end", id: "t" });
    },
  });
}

async function stage() {
  const broker = new Broker();
  let models = 0;
  const handler = runHandler(broker, {
    ...aiChat("/api/chat"),
    authorize: false,
    start: (_request, run) => uiMessages(answer(run.signal, () => models++)),
  });
  const server = createServer(handler).listen(0, "127.0.0.1");
  await once(server, "listening");
  onTestFinished(async () => {
    await broker.close({ graceMs: 0 });
    server.close();
    server.closeAllConnections();
  });
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return { broker, url, line: await lineTo(url), models: () => models };
}

const messages: UIMessage[] = [{ id: "u1", role: "user", parts: [{ type: "text", text: "?" }] }];

const transportOf = (url: string, fetch = globalThis.fetch) =>
  new DefaultChatTransport({ api: `${url}/api/chat`, fetch });

const send = (transport: DefaultChatTransport<UIMessage>, abortSignal?: AbortSignal) =>
  transport.sendMessages({
    trigger: "submit-message",
    chatId: "chat 1",
    messageId: undefined,
    messages,
    abortSignal,
  });

async function textOf(stream: ReadableStream<UIMessageChunk>, got: string[] = []): Promise<string> {
  for await (const chunk of stream) if (chunk.type === "text-delta") got.push(chunk.delta);
  return got.join("");
}

test("streams an answer exactly as the SDK's own server does", async () => {
  const { url } = await stage();
  expect(await textOf(await send(transportOf(url)))).toBe(words.join(""));
});

test("delivers a complete answer after three cuts with a steady fetch, and calls the model once", async () => {
  const { line, models } = await stage();
  const steady = steadyFetch({
    resume: location(),
    retry: { initialDelayMs: 10, maxDelayMs: 50 },
  });
  const got: string[] = [];
  const reading = textOf(await send(transportOf(line.url, steady)), got);
  for (const count of [3, 9, 15]) {
    await expect.poll(() => got.length).toBeGreaterThanOrEqual(count);
    line.away();
  }
  expect(await reading).toBe(words.join(""));
  expect(models()).toBe(1);
});

test("a page reloaded in mid-answer and a second tab both get the whole answer; once it has ended there is nothing to resume", async () => {
  const { url, models } = await stage();
  const leaving = new AbortController();
  const first = await send(transportOf(url), leaving.signal);
  await first.getReader().read();
  leaving.abort();
  const reconnect = () => transportOf(url).reconnectToStream({ chatId: "chat 1" });
  const tabs = await Promise.all([reconnect(), reconnect()]);
  for (const tab of tabs) expect(await textOf(tab!)).toBe(words.join(""));
  expect(await reconnect()).toBeNull();
  expect(await transportOf(url).reconnectToStream({ chatId: "other" })).toBeNull();
  expect(models()).toBe(1);
});

test("stopping a resumed stream stops the model, and every reader gets the end", async () => {
  const { url, broker } = await stage();
  await (await send(transportOf(url))).cancel();
  const resumed = await transportOf(url).reconnectToStream({ chatId: "chat 1" });
  const types: string[] = [];
  const reading = (async () => {
    for await (const { type } of resumed!) types.push(type);
  })();
  await sleep(60);
  expect((await fetch(`${url}/api/chat/chat%201`, { method: "DELETE" })).status).toBe(204);
  await reading;
  expect(types.at(-1)).toBe("abort");
  expect((await broker.runs.find("chat 1"))?.end).toEqual({ reason: "stopped" });
});

test("the next message of the same chat is a new run", async () => {
  const { url, models } = await stage();
  expect(await textOf(await send(transportOf(url)))).toBe(words.join(""));
  expect(await textOf(await send(transportOf(url)))).toBe(words.join(""));
  expect(models()).toBe(2);
});

test("resumableContext replaces the one of resumable-stream", async () => {
  const broker = new Broker();
  onTestFinished(() => broker.close({ graceMs: 0 }));
  const context = resumableContext(broker);
  const standIn: ResumableStreamContext = context;
  const response = createUIMessageStreamResponse({
    stream: answer(new AbortController().signal, () => undefined),
    consumeSseStream: async ({ stream }) => {
      await standIn.createNewResumableStream("s", () => stream);
    },
  });
  const reading = response.text();
  await sleep(50);
  expect(await standIn.hasExistingStream("s")).toBe(true);
  const resumed = await standIn.resumeExistingStream("s");
  const skipped = await standIn.resumableStream("s", () => never, 10);
  const whole = await reading;
  expect(await new Response(resumed!.pipeThrough(new TextEncoderStream())).text()).toBe(whole);
  expect(await new Response(skipped!.pipeThrough(new TextEncoderStream())).text()).toBe(
    whole.slice(10),
  );
  expect(await standIn.hasExistingStream("s")).toBe("DONE");
  expect(await standIn.resumeExistingStream("s")).toBeNull();
  expect(await standIn.resumeExistingStream("none")).toBeUndefined();
  await standIn.createNewResumableStream("t", () => never);
  expect(await context.stop("t")).toBe(true);
});

const never = new ReadableStream<string>();
