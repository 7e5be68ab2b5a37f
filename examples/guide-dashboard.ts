// A thousand events a second on a page that draws sixty times: node examples/guide-dashboard.ts
import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import { Feed } from "@steadfeed/client";
import { Broker } from "@steadfeed/server";
import { nodeHandler } from "@steadfeed/server/node";

// #region server
const broker = new Broker({
  slow: { policy: "skip" }, // a reader that falls behind goes on at the newest event, after a gap
});
// #endregion
const server = createServer(nodeHandler(broker)).listen(0);
await once(server, "listening");
const url = `http://localhost:${(server.address() as AddressInfo).port}/?stream=load`;
const drawn: string[] = [];
const draw = (row: string) => drawn.push(row);

// #region every
const feed = new Feed(url);

// Every event: kept in a map as it comes, drawn at the speed of the screen.
const latest = new Map<string, string>();
feed.subscribe("sample", ({ data }) => {
  const { host, load } = JSON.parse(data) as { host: string; load: number };
  latest.set(host, `${host} ${load}`);
});
const frame = setInterval(() => [...latest.values()].forEach(draw), 16); // requestAnimationFrame
// #endregion

// #region latest
// Or only the newest one, whenever you are ready for it: what came between is dropped and counted.
const newest = feed.subscribe("sample", { overflow: "latest", capacity: 1 });
const slow = (async () => {
  for await (const { data } of newest) {
    await sleep(50); // a slow chart
    draw(data);
  }
})();
// #endregion
await feed.open();
for (let at = 0; at < 300; at++) {
  void broker.publish("load", { type: "sample", data: { host: `web-${at % 3}`, load: at } });
  await sleep(1);
}
console.log(`300 events, ${newest.stats.dropped} of them not drawn by the slow chart`);
console.log([...latest.values()].join(", "));
clearInterval(frame);
feed.close();
await slow;
await broker.close();
server.close();
