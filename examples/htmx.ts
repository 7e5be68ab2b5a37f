// A list that grows with htmx, over any cut: PORT=3000 node examples/htmx.ts
import { readFileSync } from "node:fs";
import { createServer } from "node:http";
import { fileURLToPath } from "node:url";
import { Broker, byPath, memoryLog } from "@steadfeed/server";
import { nodeHandler } from "@steadfeed/server/node";
import { portOf } from "./port.ts";

const scriptOf = (name: string): string =>
  readFileSync(fileURLToPath(import.meta.resolve(`htmx.org/dist/${name}`)), "utf8");
// #region htmx
const page = `<!doctype html>
<script>${scriptOf("htmx.min.js")}</script>
<script>${scriptOf("ext/hx-sse.min.js")}</script>
<ol hx-sse:connect="/ticks/all" hx-swap="beforeend"></ol>`;

const broker = new Broker({ log: memoryLog(), retryMs: 250 });
const handler = nodeHandler(broker, { admit: byPath("/ticks/") });
let count = 0;
setInterval(() => void broker.publish("all", { data: `<li>${++count}</li>` }), 100);
// #endregion
const server = createServer((request, response) => {
  if (request.url?.startsWith("/ticks/")) return handler(request, response);
  return response.setHeader("Content-Type", "text/html").end(page);
}).listen(Number(process.env["PORT"] ?? 0), () => {
  console.log(`http://localhost:${portOf(server)}`);
});
// Every connection breaks each second: the list has no hole.
setInterval(() => [...broker.sessions()].forEach((session) => session.close()), 1000);
process.on("SIGTERM", () => process.exit());
