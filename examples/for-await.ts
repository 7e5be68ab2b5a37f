// Iterate over one event type: node examples/for-await.ts
import { startServer } from "./prices.ts";

const { url, close } = await startServer();
// #region for-await
import { Feed } from "@steadfeed/client";

const feed = new Feed(url);

for await (const event of feed.subscribe("tick")) {
  const { eur } = JSON.parse(event.data);
  console.log(event.lastEventId, eur);
  if (eur > 100.1) break; // leaves the feed; the next subscription goes on after this event
}
// #endregion
console.log("left the feed, which is now", feed.state);
feed.close();
await close();
