// From Hono's streamSSE: node examples/migrate-hono.ts
import { setTimeout as sleep } from "node:timers/promises";
import { Feed } from "@steadfeed/client";
import { Broker } from "@steadfeed/server";
import { webHandler } from "@steadfeed/server/web";
import { Hono } from "hono";
import { streamSSE } from "hono/streaming";

const app = new Hono();
// #region before
app.get("/old", (context) =>
  streamSSE(context, async (stream) => {
    let id = Number(context.req.header("Last-Event-ID") ?? 0); // resuming is up to you
    while (!stream.aborted) {
      await stream.writeSSE({ event: "tick", data: JSON.stringify({ n: ++id }), id: String(id) });
      await stream.sleep(20); // each reader has a loop of its own
    }
  }),
);
// #endregion

// #region after
const broker = new Broker();
const streams = webHandler(broker);

app.get("/new", ({ req }) => streams(req.raw)); // readers ask for ?stream=ticks

// One loop for all readers; the log knows the missed events of each.
const timer = setInterval(() => broker.tryPublish("ticks", { type: "tick", data: { n: 1 } }), 20);
// #endregion
for (const path of ["/old", "/new?stream=ticks"]) {
  const feed = new Feed(`http://app.test${path}`, {
    fetch: async (url, init) => app.request(url, init),
  });
  console.log(path, (await feed.once("tick")).data);
  feed.close();
}
clearInterval(timer);
await broker.close();
await sleep(30);
