// What a contract refuses, at the publisher and at the reader: node examples/contract-more.ts
import { createServer } from "node:http";
import { once } from "node:events";
import { Client } from "@steadfeed/client";
import { defineStream, defineStreams, typed } from "@steadfeed/contract";
import { Broker, ServerError } from "@steadfeed/server";
import { nodeHandler } from "@steadfeed/server/node";
import { z } from "zod";
import { portOf } from "./port.ts";

// #region strict
const users = defineStream({
  // An unknown key is refused. With z.object() it would be sent.
  joined: z.strictObject({ id: z.string(), name: z.string() }),
});
// #endregion
// #region typed
interface Load {
  host: string;
  cpu: number;
}
const loads = defineStream({ sample: typed<Load>() }); // not checked at run time
// #endregion
const api = defineStreams({ users, loads });
const broker = new Broker({ streams: api });
const server = createServer(nodeHandler(broker)).listen(0);
await once(server, "listening");
const client = new Client(`http://localhost:${portOf(server)}/`, { streams: api });

// #region invalid
const feed = client.feed("users");
feed.on("invalid", ({ type, raw, error }) => console.log(type, raw, error.message));
// #endregion
const joined = feed.once("joined");
await feed.open();
const row = { id: "1", name: "Ada", passwordHash: "secret" }; // as read from a database
// #region refused
try {
  await broker.publish("users", { type: "joined", data: row });
} catch (error) {
  if (!(error instanceof ServerError) || error.code !== "invalid") throw error;
  console.log(error.message); // The data of a joined event is not valid: Unrecognized key: "passwordHash"
}
// #endregion
// #region handle
const stream = broker.stream("users");
await stream.publish("joined", { id: "1", name: "Ada" });
// #endregion
console.log((await joined).data);
client.close();
await broker.close();
server.close();
