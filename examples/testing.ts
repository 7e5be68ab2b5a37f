// Your code against a server that you play, without a socket: node examples/testing.ts
import { strictEqual } from "node:assert/strict";
// #region wire
import { Feed } from "@steadfeed/client";
import { Wire } from "@steadfeed/client/testing";

const wire = new Wire((request, number) => {
  if (number === 1) request.answer().send("id: 1\ndata: on\n\nid: 2\nda").reset();
  if (number === 2) request.answer({ status: 503, headers: { "Retry-After": "1" } }).end();
  if (number === 3) request.answer().send("id: 2\ndata: off\n\n");
});
const feed = new Feed("https://api.example.com/lamp", { fetch: wire.fetch });

const seen: string[] = [];
for await (const { data } of feed) {
  seen.push(data);
  if (data === "off") break;
}
strictEqual(seen.join(), "on,off");
strictEqual(wire.last.lastEventId, "1"); // it asked for the events after it
// #endregion
feed.close();
console.log("on, off, and nothing lost in between");
