// A server that is killed in the middle of its answers: it prints its port and publishes until then.
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { Broker } from "@steadfeed/server";
import { nodeHandler } from "@steadfeed/server/node";

const broker = new Broker();
const handler = nodeHandler(broker, {
  methods: ["GET", "POST"],
  admit: () => ({ streams: "s" }),
});
const server = createServer((request, response) => {
  if (request.url !== "/page") {
    void handler(request, response);
    return;
  }
  response.setHeader("Content-Type", "text/html").end("<title>A page</title>");
}).listen(0, "127.0.0.1", () => {
  console.log((server.address() as AddressInfo).port);
});
setInterval(() => broker.tryPublish("s", { data: { choices: [{ index: 0, delta: {} }] } }), 10);
