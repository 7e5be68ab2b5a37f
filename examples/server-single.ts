// One response that is an event stream, without a broker: node examples/server-single.ts
import { once } from "node:events";
import { createServer } from "node:http";
import { readEvents } from "@steadfeed/parser";
import { portOf } from "./port.ts";
// #region single
import { upgrade } from "@steadfeed/server/node";

async function* progress(): AsyncGenerator<{ type: string; data: unknown }> {
  for (let done = 0; done <= 100; done += 25) yield { type: "progress", data: { done } };
}

const server = createServer(async (req, res) => {
  const session = upgrade(req, res, { heartbeatMs: 10_000 });
  session.comment("starting");
  await session.from(progress()); // at the pace of the reader, and no longer than it stays
  session.json({ ok: true }, "done");
  session.close();
}).listen(0);
// #endregion
await once(server, "listening");
const url = `http://localhost:${portOf(server)}/`;
for await (const { type, data } of readEvents(await fetch(url))) console.log(type, data);
server.close();
