// Iterate over one event type: node examples/for-await.ts
import { startServer } from "./prices.ts";

const { url, close } = await startServer();
// #region for-await
import { Feed } from "@steadfeed/client";
import { prices } from "./contract.ts";

const feed = new Feed(url, { events: prices });

for await (const { data, lastEventId } of feed.subscribe("tick")) {
  console.log(lastEventId, data.symbol, data.eur);
  if (data.eur > 100.1) break; // leaves the feed; the next subscription continues after this event
}
// #endregion
console.log("left the feed, which is now", feed.state);
feed.close();
await close();
