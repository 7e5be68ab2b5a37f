// Topics of a Mercure hub: node examples/mercure.ts
import { SseServer } from "@steadfeed/client/testing/node";

/** A stand-in for the hub: it has kept the events after `urn:uuid:1`, or reports that it is gone. */
const hub = await SseServer.listen((script) => {
  const headers = { "Content-Type": "text/event-stream", "Last-Event-ID": "urn:uuid:2" };
  script.answer({ headers }).send('id: urn:uuid:3\ndata: {"status":"sold"}\n\n');
});
const jwt = "header.payload.signature";
// #region mercure
import { Feed } from "@steadfeed/client";

const url = new URL("/.well-known/mercure", hub.url);
url.searchParams.append("topic", "https://example.com/books/{id}");

const feed = new Feed(url, { token: () => jwt, lastEventId: "urn:uuid:1" });
// The hub's response names the event it resumes after, which is another one if the cursor was gone.
feed.on("gap", ({ lastEventId }) => console.log(`Events after ${lastEventId} are gone.`));
feed.subscribe("message", ({ data }) => console.log(JSON.parse(data)));
// #endregion
await feed.once("message");
feed.close();
await hub.close();
