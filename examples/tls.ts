// TLS with a CA and a client certificate of your own, in Node: node examples/tls.ts
import { once } from "node:events";
import { createServer } from "node:https";
import { Feed } from "@steadfeed/client";
import { Broker } from "@steadfeed/server";
import { nodeHandler } from "@steadfeed/server/node";
import { createAuthority } from "../test/support/certificates.ts";
import { portOf } from "./port.ts";

const authority = createAuthority();
const ca = authority.cert;
const broker = new Broker();
const server = createServer(
  { ...authority.issue(), ca, requestCert: true, rejectUnauthorized: true },
  nodeHandler(broker),
);
await once(server.listen(0), "listening");
const url = `https://localhost:${portOf(server)}/?stream=prices`;
const { cert, key } = authority.issue({ names: ["a client"] });

// #region tls
const feed = new Feed(url, {
  node: { tls: { ca, cert, key } }, // also: proxy, socketPath, or an undici dispatcher
});
// #endregion
const tick = feed.once("tick");
await feed.open();
await broker.publish("prices", { type: "tick", data: { eur: 1.08 } });
console.log((await tick).data);
feed.close();
await broker.close();
server.close();
