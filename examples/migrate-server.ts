// What the examples of migration read from; alone it says nothing.
import { once } from "node:events";
import { createServer } from "node:http";
import { Broker } from "@steadfeed/server";
import { nodeHandler } from "@steadfeed/server/node";
import { portOf } from "./port.ts";

/** An answer of three events, for those that have the token; GET and POST. */
export async function startServer() {
  const broker = new Broker();
  for (const data of ["one", "two"]) await broker.publish("words", { type: "word", data });
  await broker.publish("words", { type: "done", data: "" });
  const handler = nodeHandler(broker, {
    methods: ["GET", "POST"],
    admit: ({ header }) =>
      header("authorization") === "Bearer secret"
        ? { streams: "words", from: "earliest" }
        : { status: 401 },
  });
  const server = createServer(handler).listen(0);
  await once(server, "listening");
  return {
    url: `http://localhost:${portOf(server)}/`,
    close: async (): Promise<void> => {
      await broker.close();
      server.close();
      server.closeAllConnections();
    },
  };
}
