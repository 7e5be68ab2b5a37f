// A server that is replaced while it has readers: node examples/guide-restart.ts
import { once } from "node:events";
import { createServer } from "node:http";
import { Feed } from "@steadfeed/client";
import { Broker } from "@steadfeed/server";
import { nodeHandler } from "@steadfeed/server/node";
import { portOf } from "./port.ts";

// #region server
const broker = new Broker();
const streams = nodeHandler(broker);
let ready = true;

const server = createServer((request, response) => {
  if (request.url === "/ready") return response.writeHead(ready ? 200 : 503).end();
  return streams(request, response);
});

async function stop(): Promise<void> {
  ready = false; // 1. the balancer sends no new requests; wait for as long as its check takes
  await broker.close({ retryMs: 1000 }); // 2. each reader gets its pending events, and reconnects in 0.5 to 1.5 s
  server.close(); // 3. no response is open any more
}
process.once("SIGTERM", stop);
// #endregion
server.listen(0);
await once(server, "listening");
const feed = new Feed(`http://localhost:${portOf(server)}/?stream=news`);
const waiting = new Promise((resolve) => feed.on("waiting", ({ error }) => resolve(error.code)));
feed.subscribe("message", ({ data }) => console.log(data));
await feed.open();
await broker.publish("news", "the last one before the restart");
await stop();
console.log("the server has ended, and the reader comes back. It left with:", await waiting);
feed.close();
