// One connection for all tabs of a browser; in Node each feed has its own: node examples/shared.ts
import { SharedFeed } from "@steadfeed/client/shared";
import { startServer } from "./prices.ts";

const { url, close } = await startServer();
const user = "7";
// #region shared
const feed = new SharedFeed(url, { key: user }); // tabs of another user have a connection of their own

feed.subscribe("tick", (event) => console.log(event.data)); // in every tab
feed.on("gap", ({ reason }) => console.log("events may be gone:", reason));
// #endregion
await feed.once("tick");
feed.close();
await close();
