// The contract of a run, an answer that is read while it is produced: node examples/contract-run.ts
import { once } from "node:events";
import { createServer } from "node:http";
import { Feed } from "@steadfeed/client";
import { Broker } from "@steadfeed/server";
import { portOf } from "./port.ts";
// #region server
import { defineStream } from "@steadfeed/contract";
import { runHandler } from "@steadfeed/server/node";
import { z } from "zod";

const answer = defineStream({ token: z.string(), usage: z.object({ tokens: z.number() }) });

const runs = runHandler(new Broker(), {
  authorize: false,
  events: answer,
  async start(request, run) {
    await run.publish({ type: "token", data: "Hello" });
    await run.end({ type: "usage", data: { tokens: 1 } });
  },
});
// #endregion
const server = createServer(runs).listen(0);
await once(server, "listening");
const url = `http://localhost:${portOf(server)}/runs`;
// #region client
const feed = new Feed(url, { method: "POST", retry: false, events: answer });

feed.subscribe("token", ({ data }) => console.log(data));
feed.subscribe("usage", ({ data }) => console.log(data.tokens, "token"));
// #endregion
console.log((await feed.closed).reason);
server.close();
