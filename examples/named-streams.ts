// Named streams of one server, one connection each: node examples/named-streams.ts
import { Client } from "@steadfeed/client";
import { api } from "./contract.ts";
import { startServer } from "./prices.ts";

const { base, broker, close } = await startServer();
// #region client
const client = new Client(base, { streams: api });

client.subscribe("prices", "tick", ({ data }) => console.log(data.symbol, data.eur));
client.subscribe("news", (event) => console.log(event.type, event.data.title)); // ?stream=news
// #endregion
// #region reports
const feed = client.feed("prices");
feed.on("waiting", ({ error, delayMs }) => console.log(error.message, `again in ${delayMs} ms`));
feed.on("open", ({ resumedFrom }) => console.log("connected after", resumedFrom || "no event"));
feed.on("gap", ({ reason }) => console.log("events are gone:", reason));
// #endregion
await Promise.all([feed.once("tick"), client.feed("news").open()]);
const news = client.feed("news").once("message");
await broker.publish("news", { data: { title: "rain tomorrow" } });
await news;
client.close();
await close();
