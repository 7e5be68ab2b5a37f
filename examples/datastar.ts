// Patches for a Datastar page, read as a test would: node examples/datastar.ts
import { once } from "node:events";
import { createServer } from "node:http";
import { Feed } from "@steadfeed/client";
import { Broker, byPath, memoryLog } from "@steadfeed/server";
import { nodeHandler } from "@steadfeed/server/node";
import { portOf } from "./port.ts";

// #region datastar
const broker = new Broker({ log: memoryLog() });
const handler = nodeHandler(broker, { admit: byPath("/patches/") });

const patch = (html: string) =>
  broker.publish("cart", { type: "datastar-patch-elements", data: `elements ${html}` });
// #endregion
const server = createServer(handler).listen(0);
await once(server, "listening");
const feed = new Feed(`http://localhost:${portOf(server)}/patches/cart`);
const seen = feed.once("datastar-patch-elements");
await feed.open();
await patch('<span id="count">3</span>');
console.log((await seen).data);
feed.close();
await broker.close();
server.close();
