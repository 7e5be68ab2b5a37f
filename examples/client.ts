// A reader of server.ts; alone it starts a server of its own: node examples/client.ts
import { startServer } from "./prices.ts";

const { base, close } = await startServer();
setTimeout(async () => {
  for (let left = 50; left > 0; left--) await client.feed("prices").once("tick");
  client.close();
});
// #region client
import { Client } from "@steadfeed/client";
import { api } from "./contract.ts";

const client = new Client(base, { streams: api });
for await (const { data } of client.subscribe("prices", "tick")) {
  console.log(data.symbol, data.eur.toFixed(2)); // decoded, checked and typed
}
// #endregion
await close();
