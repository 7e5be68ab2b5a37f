// Callbacks, for event types and for the feed's own reports: node examples/callback.ts
import { Feed } from "@steadfeed/client";
import { prices } from "./contract.ts";
import { startServer } from "./prices.ts";

const { url, close } = await startServer();
const show = (eur: number): void => console.log(eur);
// #region callback
const feed = new Feed(url, { events: prices });

const ticks = feed.subscribe("tick", ({ data }) => show(data.eur));
feed.subscribe("halted", async ({ data }) => {
  await fetch("/archive", { method: "POST", body: data.why }); // one at a time, in order
});

feed.on("open", ({ resumedFrom }) => console.log("open, after", resumedFrom));
feed.on("waiting", ({ error, delayMs }) => console.log(error.message, delayMs));
feed.on("gap", ({ reason }) => console.log("events are gone:", reason));
feed.on("closed", ({ reason, error }) => console.log(reason, error));
// #endregion
await feed.once("tick");
ticks.close();
feed.close();
await close();
