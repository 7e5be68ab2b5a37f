// A server: node examples/server.ts, then open http://localhost:3000/?stream=prices
// #region server
import { createServer } from "node:http";
import { Broker } from "@steadfeed/server";
import { nodeHandler } from "@steadfeed/server/node";
import { api } from "./contract.ts";

const port = Number(process.env["PORT"] ?? 3000);
const broker = new Broker({ streams: api });
const server = createServer(nodeHandler(broker)).listen(port);

// Reaches every reader of ?stream=prices, now, and later those that reconnect with its id.
const timer = setInterval(() => {
  const data = { symbol: "ACME", eur: 100 + Math.random() };
  broker.tryPublish("prices", { type: "tick", data });
}, 1000);
// #endregion
server.on("listening", () => console.log(`Listening at http://localhost:${port}/?stream=prices`));
process.once("SIGTERM", async () => {
  clearInterval(timer);
  await broker.close();
  server.close();
});
