// A fetch of your own, and headers that are new at each attempt: node examples/custom-fetch.ts
import { Feed } from "@steadfeed/client";
import { startServer } from "./prices.ts";

const { url, close } = await startServer();
const currentToken = async (): Promise<string> => "secret";
// #region fetch
const feed = new Feed(url, {
  fetch: (input, init) => {
    console.log(init.method, input);
    return fetch(input, init);
  },
  headers: { "X-App": "dashboard" },
  token: currentToken, // called at each attempt, and once more after a 401
});
// #endregion
console.log((await feed.once("tick")).data);
feed.close();
await close();
