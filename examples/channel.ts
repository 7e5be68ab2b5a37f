// A bounded channel between a feed and a worker: node examples/channel.ts
import { startServer } from "./prices.ts";

const { url, close } = await startServer();
// #region channel
import { Channel, Feed, type FeedEvent } from "@steadfeed/client";

const feed = new Feed(url);
const work = new Channel<FeedEvent>({ capacity: 100, overflow: "drop-oldest" });
feed.subscribe("tick", work);
feed.subscribe("alert", work); // several subscriptions, one ordered queue

const { value } = await work.receive();
console.log(value?.type, value?.data);
for await (const event of work) {
  console.log(event.type, event.data, `${work.dropped} dropped so far`);
  if (work.size === 0) work.close();
}
// #endregion
feed.close();
await close();
