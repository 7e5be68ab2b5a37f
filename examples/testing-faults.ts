// A real server and a real network with faults: node examples/testing-faults.ts
import { deepStrictEqual } from "node:assert/strict";
import { createServer } from "node:http";
import { Feed } from "@steadfeed/client";
import { Broker } from "@steadfeed/server";
import { nodeHandler } from "@steadfeed/server/node";
import { portOf } from "./port.ts";

const broker = new Broker();
const server = createServer(nodeHandler(broker)).listen(0);
const url = `http://127.0.0.1:${portOf(server)}/?stream=prices`;
// #region faults
import { Ledger, Recorder } from "@steadfeed/client/testing";
import { FaultProxy } from "@steadfeed/client/testing/node";

await using proxy = await FaultProxy.listen(url);
const feed = new Feed(proxy.url, { retry: { initialDelayMs: 10 } });
await feed.open();

const published = new Ledger();
const recorder = new Recorder(feed, published);
feed.subscribe("*", recorder.take);

for (const price of ["1 €", "2 €", "3 €"]) {
  for (const link of proxy.links) link.truncate("mid-character");
  published.add((await broker.publish("prices", price)).id);
  await feed.once("message"); // after a reconnect, and only once
}
deepStrictEqual(recorder.account().faults, []);
// #endregion
console.log(`${recorder.account().received} events over ${feed.stats.opened} connections`);
feed.close();
await broker.close();
server.close();
