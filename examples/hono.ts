// In Hono, here on Node; the same app runs on Deno and Bun: node examples/hono.ts
import { once } from "node:events";
import { serve } from "@hono/node-server";
import { Feed } from "@steadfeed/client";
import { readEvents } from "@steadfeed/parser";
import { portOf } from "./port.ts";
// #region hono
import { Hono } from "hono";
import { Broker } from "@steadfeed/server";
import { respond, webHandler } from "@steadfeed/server/web";

const broker = new Broker();
const handler = webHandler(broker);

async function* countdown(): AsyncGenerator<string> {
  yield* ["3", "2", "1"];
}

const app = new Hono();
app.get("/events", ({ req }) => handler(req.raw));
app.get("/countdown", ({ req }) => respond(req.raw, (session) => session.from(countdown())));
// #endregion
const server = serve({ fetch: app.fetch, port: 0 });
await once(server, "listening");
const url = `http://localhost:${portOf(server)}`;

const feed = new Feed(`${url}/events?stream=prices`);
const tick = feed.once("tick");
await feed.open();
await broker.publish("prices", { type: "tick", data: { eur: 1.08 } });
console.log("through Hono:", (await tick).data);
for await (const { data } of readEvents(await fetch(`${url}/countdown`))) console.log(data);

feed.close();
await broker.close();
server.close();
if ("closeAllConnections" in server) server.closeAllConnections();
