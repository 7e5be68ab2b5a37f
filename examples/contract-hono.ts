// The contract as an OpenAPI document, from Hono: node examples/contract-hono.ts
import { once } from "node:events";
import { serve } from "@hono/node-server";
// #region hono
import { Hono } from "hono";
import { toOpenApi } from "@steadfeed/contract/documents";
import { Broker } from "@steadfeed/server";
import { webHandler } from "@steadfeed/server/web";
import { api } from "./contract.ts";

const events = webHandler(new Broker({ streams: api }));
const document = toOpenApi(api, { info: { title: "Prices", version: "1.0.0" } });

const app = new Hono();
app.get("/events", ({ req }) => events(req.raw));
app.get("/openapi.json", (context) => context.json(document));
// #endregion
import { portOf } from "./port.ts";

const server = serve({ fetch: app.fetch, port: 0 });
await once(server, "listening");
const answer = await fetch(`http://localhost:${portOf(server)}/openapi.json`);
console.log(answer.headers.get("content-type"), await answer.text());
server.close();
if ("closeAllConnections" in server) server.closeAllConnections();
