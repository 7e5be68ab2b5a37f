// From better-sse: node examples/migrate-better-sse.ts
import { once } from "node:events";
import { createServer } from "node:http";
import { Feed } from "@steadfeed/client";
import { Broker } from "@steadfeed/server";
import { nodeHandler } from "@steadfeed/server/node";
import { createChannel, createSession } from "better-sse";
import { portOf } from "./port.ts";

// #region before
const channel = createChannel();

const old = createServer(async (request, response) => {
  const session = await createSession(request, response);
  channel.register(session); // a reader that reconnects gets events sent from now on
});

channel.broadcast({ eur: 101 }, "tick");
// #endregion

// #region after
const broker = new Broker();

const server = createServer(nodeHandler(broker)); // readers ask for ?stream=prices

await broker.publish("prices", { type: "tick", data: { eur: 101 } });
// #endregion

/** The events that a reader receives of two, when one is sent between its connections. */
async function read(url: string, publish: () => unknown): Promise<string> {
  const feed = new Feed(url);
  await feed.open();
  setTimeout(publish, 10);
  const { data } = await feed.once("tick");
  feed.close();
  return data;
}
for (const each of [old, server]) await once(each.listen(0), "listening");
const urlOf = (each: typeof old): string => `http://localhost:${portOf(each)}/?stream=prices`;
const event = { type: "tick", data: { eur: 102 } };
console.log(await read(urlOf(old), () => channel.broadcast(event.data, event.type)));
console.log(await read(urlOf(server), () => broker.publish("prices", event)));
await broker.close();
for (const each of [old, server]) {
  each.close();
  each.closeAllConnections();
}
