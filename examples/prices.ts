// What the other examples read from: a server with a new price every so often, on any free port.
import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { Broker } from "@steadfeed/server";
import { nodeHandler } from "@steadfeed/server/node";

export async function startServer() {
  const broker = new Broker();
  const server = createServer(nodeHandler(broker)).listen(0);
  await once(server, "listening");
  const timer = setInterval(() => {
    const eur = 100 + Math.round(Math.random() * 100) / 100;
    void broker.publish("prices", { type: "tick", data: { eur } });
  }, 20);
  return {
    url: `http://localhost:${(server.address() as AddressInfo).port}/?stream=prices`,
    broker,
    close: async (): Promise<void> => {
      clearInterval(timer);
      await broker.close();
      server.close();
      server.closeAllConnections();
    },
  };
}
