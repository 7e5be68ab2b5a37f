// In Fastify, with its own login before the stream: node examples/fastify.ts
import { Feed } from "@steadfeed/client";
// #region fastify
import fastify from "fastify";
import { Broker } from "@steadfeed/server";
import { nodeHandler } from "@steadfeed/server/node";

const broker = new Broker();
const app = fastify({ forceCloseConnections: true });
app.addHook("onRequest", async (request, reply) => {
  if (request.headers.authorization !== "Bearer secret") await reply.code(401).send();
});
app.get("/events", nodeHandler(broker));
app.addHook("preClose", () => broker.close()); // onClose is too late: it waits for open responses
// #endregion
const url = `${await app.listen({ port: 0 })}/events?stream=prices`;
console.log("without a token:", (await fetch(url)).status);

const feed = new Feed(url, { token: "secret" });
const tick = feed.once("tick");
await feed.open();
await broker.publish("prices", { type: "tick", data: { eur: 1.08 } });
console.log("through Fastify:", (await tick).data);

feed.close();
await app.close();
