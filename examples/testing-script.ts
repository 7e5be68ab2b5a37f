// A server that follows a script, byte by byte: node examples/testing-script.ts
import { rejects } from "node:assert/strict";
import { Feed } from "@steadfeed/client";
// #region script
import { SseServer } from "@steadfeed/client/testing/node";

await using server = await SseServer.listen((script, number) => {
  if (number === 1) script.redirect("/elsewhere");
  else if (number === 2) script.send("data: 1 €\n\n", 9).delay(20).truncate();
  else script.answer({ status: 403 }).end();
});

const feed = new Feed(server.url, { retry: { initialDelayMs: 1 } });
console.log((await feed.once("message")).data); // "1 €", although it came in two pieces
await rejects(feed.once("message"), { code: "status", status: 403 });
// #endregion
