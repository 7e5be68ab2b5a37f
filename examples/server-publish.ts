// An endpoint that publishes posted events: node examples/server-publish.ts
import { once } from "node:events";
import { portOf } from "./port.ts";
// #region publish
import { createServer } from "node:http";
import { Broker } from "@steadfeed/server";
import { nodeHandler } from "@steadfeed/server/node";
import { publishHandler } from "@steadfeed/server/publish";

const broker = new Broker();
const read = nodeHandler(broker);
const publish = publishHandler(broker, {
  authorize: ({ header }) => header("authorization") === "Bearer secret",
  maxBytes: 64 << 10,
});
const server = createServer((req, res) =>
  req.url?.startsWith("/publish") ? publish(req, res) : read(req, res),
).listen(0);
// #endregion
await once(server, "listening");
const url = `http://localhost:${portOf(server)}`;

const events = broker.subscribe("news"); // a reader in this process
const headers = { authorization: "Bearer secret" };
const reply = await fetch(`${url}/publish?stream=news&type=alert`, {
  method: "POST",
  body: "rain",
  headers,
});
console.log(reply.status, await reply.json());
console.log((await events.next()).value);
console.log(
  "without the token:",
  (await fetch(`${url}/publish?stream=news`, { method: "POST" })).status,
);

await events.return();
await broker.close();
server.close();
server.closeAllConnections();
