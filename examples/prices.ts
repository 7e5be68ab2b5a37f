// The server of other examples: a new price at fixed intervals, on any free port.
import { once } from "node:events";
import { createServer } from "node:http";
import { Broker } from "@steadfeed/server";
import { nodeHandler } from "@steadfeed/server/node";
import { api } from "./contract.ts";
import { portOf } from "./port.ts";

export async function startServer() {
  const broker = new Broker({ streams: api });
  const server = createServer(nodeHandler(broker)).listen(0);
  await once(server, "listening");
  const timer = setInterval(() => {
    const eur = 100 + Math.round(Math.random() * 100) / 100;
    void broker.publish("prices", { type: "tick", data: { symbol: "ACME", eur } });
  }, 20);
  const base = `http://localhost:${portOf(server)}/`;
  return {
    base,
    url: `${base}?stream=prices`,
    broker,
    close: async (): Promise<void> => {
      clearInterval(timer);
      await broker.close();
      server.close();
      server.closeAllConnections();
    },
  };
}
