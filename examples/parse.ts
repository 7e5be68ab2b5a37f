// The parser alone, for a response that you fetched yourself: node examples/parse.ts
import { startServer } from "./prices.ts";

const { url, close } = await startServer();
// #region parse
import { readEvents } from "@steadfeed/parser";

for await (const event of readEvents(await fetch(url))) {
  console.log(event.type, event.data);
  break; // cancels the body
}
// #endregion
await close();
