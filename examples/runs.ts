// Answers that outlive their readers: start, cut, resume, a second reader, stop: node examples/runs.ts
import { once } from "node:events";
import { setTimeout as sleep } from "node:timers/promises";
import type { AddressInfo } from "node:net";
import { Feed } from "@steadfeed/client";
// #region server
import { createServer } from "node:http";
import { Broker } from "@steadfeed/server";
import { runHandler } from "@steadfeed/server/node";

const broker = new Broker();
const handler = runHandler(broker, {
  authorize: (request) => request.header("authorization") === "Bearer me",
  start: async (request, run) => {
    const { prompt } = await request.json();
    return model(prompt, run.signal);
  },
});
const server = createServer(handler).listen(0);
// #endregion

async function* model(prompt: string, signal: AbortSignal): AsyncGenerator<string> {
  for (const word of `You asked: ${prompt} The answer is long and comes in pieces.`.split(" ")) {
    await sleep(20, undefined, { signal });
    yield `${word} `;
  }
}

await once(server, "listening");
const at = `http://localhost:${(server.address() as AddressInfo).port}`;
const headers = { authorization: "Bearer me" };

// #region start
const started = await fetch(`${at}/runs`, { method: "POST", headers, body: '{"prompt":"why?"}' });
// The URL for resuming, for this page after a reload, and for another tab.
const url = new URL(started.headers.get("content-location")!, started.url);
await started.body!.cancel();
// #endregion

// #region read
const feed = new Feed(url, { headers });
let text = "";
feed.subscribe("message", ({ data }) => (text += data));
// #endregion
// The connection breaks in the middle of the answer; nothing is lost or repeated.
setTimeout(() => [...broker.sessions()].forEach((session) => session.close()), 100);
console.log((await feed.closed).reason, text);

const stopped = await fetch(`${at}/runs`, { method: "POST", headers, body: '{"prompt":"again?"}' });
await fetch(new URL(stopped.headers.get("location")!, at), { method: "DELETE", headers });
console.log("stopped", (await stopped.text()).includes("steadfeed.end"));

await broker.close();
server.close();
server.closeAllConnections();
