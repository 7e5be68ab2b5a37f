import { createServer, get, type IncomingMessage, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { Broker } from "@steadfeed/server";
import { nodeHandler } from "@steadfeed/server/node";
import { afterEach, expect, test } from "vitest";

const servers: Server[] = [];
afterEach(() => {
  for (const s of servers.splice(0)) {
    s.closeAllConnections();
    s.close();
  }
});
async function listen(handler: Parameters<typeof createServer>[1]): Promise<string> {
  const server = createServer(handler!).listen(0);
  servers.push(server);
  await new Promise((r) => server.once("listening", r));
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}
test("smoke", async () => {
  const broker = new Broker({ heartbeatMs: 200 });
  const url = await listen(nodeHandler(broker));
  const id = (await broker.publish("prices", { type: "tick", data: { eur: 1 } })).id;
  await broker.publish("prices", "two");
  let text = "";
  const res = await new Promise<IncomingMessage>((r) =>
    get(`${url}/?stream=prices`, { headers: { "last-event-id": id } }, r),
  );
  console.log(res.statusCode, res.rawHeaders);
  res.setEncoding("utf8").on("data", (t: string) => {
    text += t;
    console.log(JSON.stringify(t));
  });
  const ended = new Promise((r) => res.on("close", r));
  await broker.publish("prices", "three");
  await broker.broadcast("all");
  await new Promise((r) => setTimeout(r, 450));
  await broker.close({ retryMs: 1000 });
  await ended;
  console.log(text);
});
