// One key of a contract for many streams, the rooms of a chat: node examples/contract-rooms.ts
import { once } from "node:events";
import { createServer } from "node:http";
import { Client } from "@steadfeed/client";
import { Broker } from "@steadfeed/server";
import { nodeHandler } from "@steadfeed/server/node";
import { portOf } from "./port.ts";
// #region contract
import { defineStream, defineStreams } from "@steadfeed/contract";
import { z } from "zod";

const room = defineStream({
  said: z.object({ who: z.string(), text: z.string() }),
  left: z.object({ who: z.string() }),
});
const api = defineStreams({ "room:{id}": room });
// #endregion
// #region server
const broker = new Broker({ streams: api });

const say = (id: string, who: string, text: string) =>
  broker.publish(`room:${id}`, { type: "said", data: { who, text } });
// #endregion
const server = createServer(nodeHandler(broker)).listen(0);
await once(server, "listening");
// #region client
const client = new Client(`http://localhost:${portOf(server)}/`, { streams: api });

const enter = (id: string) =>
  client.subscribe(`room:${id}`, "said", ({ data }) => console.log(`${data.who}: ${data.text}`));
// #endregion
enter("7");
await client.feed("room:7").open();
const heard = client.feed("room:7").once("said");
await say("8", "Bob", "Nobody is here.");
await say("7", "Ada", "Hello!");
await heard;
client.close();
await broker.close();
server.close();
