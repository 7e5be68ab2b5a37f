// In Koa, with the login of its middleware: node examples/koa.ts
import { once } from "node:events";
import { Feed } from "@steadfeed/client";
import { portOf } from "./port.ts";
// #region koa
import Koa from "koa";
import { Broker } from "@steadfeed/server";
import { nodeHandler } from "@steadfeed/server/node";

const broker = new Broker();
const handler = nodeHandler(broker, {
  admit: ({ raw }) => ({ streams: "prices", client: (raw as Koa.Request).ctx.state["user"] }),
});

const app = new Koa();
app.use((context, next) => {
  context.state["user"] = context.get("x-user"); // your login
  return next();
});
app.use(({ request, response }) => handler(request, response));
// #endregion
const server = app.listen(0);
await once(server, "listening");
const url = `http://localhost:${portOf(server)}/`;

const feed = new Feed(url, { headers: { "X-User": "ann" } });
const note = feed.once("note");
await feed.open();
await broker.send("ann", { type: "note", data: "for ann alone" });
console.log("through Koa:", (await note).data);

feed.close();
await broker.close();
server.close();
server.closeAllConnections();
