// Named streams of one server, one connection each: node examples/named-streams.ts
import { Client } from "@steadfeed/client";
import { startServer } from "./prices.ts";

const { url, broker, close } = await startServer();
const base = url.replace("?stream=prices", "");
// #region client
const client = new Client(base);

client.subscribe("prices", (event) => console.log("prices:", event.type, event.data));
client.subscribe("news", (event) => console.log("news:", event.data)); // ?stream=news
// #endregion
await Promise.all([client.feed("prices").once("tick"), client.feed("news").open()]);
const news = client.feed("news").once("message");
await broker.publish("news", { data: "rain tomorrow" });
await news;
client.close();
await close();
