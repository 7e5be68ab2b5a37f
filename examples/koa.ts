// In Koa, with what its middleware knows of the reader: node examples/koa.ts
import { once } from "node:events";
import type { IncomingMessage } from "node:http";
import type { AddressInfo } from "node:net";
import { Feed } from "@steadfeed/client";
// #region koa
import Koa from "koa";
import { Broker } from "@steadfeed/server";
import { nodeHandler } from "@steadfeed/server/node";

const broker = new Broker();
const users = new WeakMap<object, string>();
const handler = nodeHandler(broker, {
  admit: ({ raw }) => ({ streams: "prices", client: users.get(raw as IncomingMessage) }),
});

const app = new Koa();
app.use(async (context) => {
  users.set(context.req, context.get("x-user")); // your login
  context.respond = false; // from here on the response is the stream's
  await handler(context.req, context.res);
});
// #endregion
const server = app.listen(0);
await once(server, "listening");
const url = `http://localhost:${(server.address() as AddressInfo).port}/`;

const feed = new Feed(url, { headers: { "X-User": "ann" } });
const note = feed.once("note");
await feed.open();
await broker.send("ann", { type: "note", data: "for ann alone" });
console.log("through Koa:", (await note).data);

feed.close();
await broker.close();
server.close();
server.closeAllConnections();
