// In Express, behind its middleware: node examples/express.ts
import { once } from "node:events";
import { Feed } from "@steadfeed/client";
import { portOf } from "./port.ts";
// #region express
import express from "express";
import { Broker } from "@steadfeed/server";
import { nodeHandler } from "@steadfeed/server/node";

const broker = new Broker();
const app = express();
app.use(express.json());
app.get("/events", nodeHandler(broker));
app.post("/prices", (req, res) => {
  res.json({ taken: broker.tryPublish("prices", { type: "tick", data: req.body }) });
});
// #endregion
const server = app.listen(0);
await once(server, "listening");
const url = `http://localhost:${portOf(server)}`;

const feed = new Feed(`${url}/events?stream=prices`);
const tick = feed.once("tick");
await feed.open();
await fetch(`${url}/prices`, {
  method: "POST",
  headers: { "Content-Type": "application/json" },
  body: JSON.stringify({ eur: 1.08 }),
});
console.log("through Express:", (await tick).data);

feed.close();
await broker.close();
server.close();
server.closeAllConnections();
