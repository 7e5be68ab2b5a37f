// A model's tokens, one stream per answer, for readers that may disconnect: node examples/server-tokens.ts
import { once } from "node:events";
import { createServer } from "node:http";
import { setTimeout as sleep } from "node:timers/promises";
import { Feed } from "@steadfeed/client";
import { Broker, byPath, memoryLog } from "@steadfeed/server";
import { nodeHandler } from "@steadfeed/server/node";
import { portOf } from "./port.ts";

async function* model(prompt: string): AsyncGenerator<string> {
  for (const word of `You asked: ${prompt} The answer is long and comes in pieces.`.split(" ")) {
    await sleep(15);
    yield `${word} `;
  }
}
// #region tokens
const broker = new Broker({ log: memoryLog({ maxEvents: 20_000 }) });

// The answer is written to the log with or without a reader.
async function answer(id: string, prompt: string): Promise<void> {
  for await (const data of model(prompt)) {
    await broker.publish(id, { type: "token", data }, { ttlMs: 600_000 });
  }
  await broker.publish(id, { type: "done", data: "" }, { ttlMs: 600_000 });
}

const byAnswer = byPath("/answers/");
const handler = nodeHandler(broker, {
  // From the first token, or after the last one that the reader has.
  admit: (request) => ({ ...byAnswer(request), from: "earliest" }),
});
// #endregion
const server = createServer(handler).listen(0);
await once(server, "listening");
void answer("42", "why?");

const feed = new Feed(`http://localhost:${portOf(server)}/answers/42`);
let text = "";
feed.subscribe("token", ({ data }) => {
  text += data;
});
// The connection breaks in the middle of the answer; nothing is lost or repeated.
setTimeout(() => [...broker.sessions()].forEach((session) => session.close()), 80);
await feed.once("done");
console.log(text);
feed.close();
await broker.close();
server.close();
server.closeAllConnections();
