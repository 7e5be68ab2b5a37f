// The server of the migration examples; alone it prints nothing.
import { once } from "node:events";
import { createServer } from "node:http";
import { Broker } from "@steadfeed/server";
import { nodeHandler } from "@steadfeed/server/node";
import { portOf } from "./port.ts";

/** A response of three events, for requests with the token; GET and POST. */
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
