// A server for the AI SDK's chat (DefaultChatTransport), with resume and stop: node examples/server-ai.ts
import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import { Broker } from "@steadfeed/server";
import { aiChat, uiMessages } from "@steadfeed/server/ai";
import { runHandler } from "@steadfeed/server/node";

/** In place of `streamText({ model, messages, abortSignal }).toUIMessageStream()`. */
async function* answer(messages: unknown[], signal: AbortSignal): AsyncGenerator<object> {
  yield { type: "text-start", id: "t" };
  for (const delta of [`${messages.length} `, "message", " so", " far."]) {
    await sleep(20, undefined, { signal });
    yield { type: "text-delta", id: "t", delta };
  }
  yield { type: "text-end", id: "t" };
}

const broker = new Broker();
// #region ai
const handler = runHandler(broker, {
  ...aiChat("/api/chat"),
  authorize: (request) => request.header("cookie")?.includes("session=") ?? false,
  start: async (request, run) => {
    const { messages } = await request.json();
    return uiMessages(answer(messages, run.signal));
  },
});
// #endregion
const server = createServer(handler).listen(0);
await once(server, "listening");

const url = `http://localhost:${(server.address() as AddressInfo).port}/api/chat`;
const headers = { cookie: "session=1" };
const body = JSON.stringify({ id: "chat", messages: [{ role: "user" }] });
const asked = await fetch(url, { method: "POST", headers, body });
// The page is reloaded in the middle of the answer.
await asked.body!.cancel();
const resumed = await fetch(`${url}/chat/stream`, { headers });
console.log(await resumed.text());
console.log("Nothing goes on:", (await fetch(`${url}/chat/stream`, { headers })).status);

await broker.close();
server.close();
server.closeAllConnections();
