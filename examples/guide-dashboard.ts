// A thousand events a second on a page that renders sixty times: node examples/guide-dashboard.ts
import { once } from "node:events";
import { createServer } from "node:http";
import { setTimeout as sleep } from "node:timers/promises";
import { Feed } from "@steadfeed/client";
import { defineStream, defineStreams } from "@steadfeed/contract";
import { Broker } from "@steadfeed/server";
import { nodeHandler } from "@steadfeed/server/node";
import { z } from "zod";
import { portOf } from "./port.ts";

// #region server
const load = defineStream({ sample: z.object({ host: z.string(), load: z.number() }) });
const broker = new Broker({
  streams: defineStreams({ load }),
  slow: { policy: "skip" }, // a reader that falls behind continues at the newest event, after a gap
});
// #endregion
const server = createServer(nodeHandler(broker)).listen(0);
await once(server, "listening");
const url = `http://localhost:${portOf(server)}/?stream=load`;
const drawn: string[] = [];
const draw = (row: string) => drawn.push(row);

// #region every
const feed = new Feed(url, { events: load });

// Every event: kept in a map as it arrives, rendered at the speed of the screen.
const latest = new Map<string, string>();
feed.subscribe("sample", ({ data }) => {
  latest.set(data.host, `${data.host} ${data.load}`);
});
const frame = setInterval(() => [...latest.values()].forEach(draw), 16); // requestAnimationFrame
// #endregion

// #region latest
// Or only the newest one, whenever you are ready for it: older ones are dropped and counted.
const newest = feed.subscribe("sample", { overflow: "latest", capacity: 1 });
const slow = (async () => {
  for await (const { data } of newest) {
    await sleep(50); // a slow chart
    draw(`${data.host} ${data.load}`);
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
