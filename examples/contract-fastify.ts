// The contract as OpenAPI and AsyncAPI documents, from Fastify: node examples/contract-fastify.ts
// #region fastify
import fastify from "fastify";
import { toAsyncApi, toOpenApi } from "@steadfeed/contract/documents";
import { Broker } from "@steadfeed/server";
import { nodeHandler } from "@steadfeed/server/node";
import { api } from "./contract.ts";

const broker = new Broker({ streams: api });
const info = { title: "Prices", version: "1.0.0" };
const documents = { openapi: toOpenApi(api, { info }), asyncapi: toAsyncApi(api, { info }) };

const app = fastify({ forceCloseConnections: true });
app.get("/events", nodeHandler(broker));
app.get("/openapi.json", async () => documents.openapi);
app.get("/asyncapi.json", async () => documents.asyncapi);
app.addHook("preClose", () => broker.close());
// #endregion
const url = await app.listen({ port: 0 });
for (const path of ["/openapi.json", "/asyncapi.json"]) {
  const answer = await fetch(url + path);
  console.log(answer.headers.get("content-type"), await answer.text());
}
await app.close();
