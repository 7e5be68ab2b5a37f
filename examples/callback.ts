// Callbacks, for types and for what the feed says about itself: node examples/callback.ts
import { Feed } from "@steadfeed/client";
import { startServer } from "./prices.ts";

const { url, close } = await startServer();
const show = (price: unknown): void => console.log(price);
// #region callback
const feed = new Feed(url);

const ticks = feed.subscribe("tick", (event) => show(JSON.parse(event.data)));
feed.subscribe(["news", "alert"], async (event) => {
  await fetch("/archive", { method: "POST", body: event.data }); // one at a time, in order
});

feed.on("open", ({ resumedFrom }) =>
  console.log(resumedFrom ? `resumed after ${resumedFrom}` : "open"),
);
feed.on("waiting", ({ error, delayMs }) =>
  // Without a network there is no telling when.
  console.log(error.message, delayMs < Infinity ? `again in ${delayMs} ms` : ""),
);
feed.on("gap", ({ reason }) => console.log("events are gone:", reason));
feed.on("closed", ({ reason, error }) => console.log(reason, error));
// #endregion
await feed.once("tick");
ticks.close();
feed.close();
await close();
