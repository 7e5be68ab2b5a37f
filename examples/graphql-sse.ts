// A GraphQL subscription that ends with its operation: node examples/graphql-sse.ts
import { once } from "node:events";
import { createServer } from "node:http";
import { Feed } from "@steadfeed/client";
import { buildSchema } from "graphql";
import { createHandler } from "graphql-sse/lib/use/http";
import { portOf } from "./port.ts";

const schema = buildSchema("type Query { a: Int } type Subscription { word: String! }");
async function* word(): AsyncGenerator<{ word: string }> {
  for (const each of ["A", "feed", "keeps", "its", "place"]) yield { word: each };
}
Object.assign(schema.getSubscriptionType()?.getFields()["word"] ?? {}, { subscribe: word });
const server = createServer(createHandler({ schema })).listen(0);
await once(server, "listening");
const url = `http://localhost:${portOf(server)}`;
// #region graphql
const feed = new Feed(url, {
  method: "POST",
  headers: { "Content-Type": "application/json" },
  body: JSON.stringify({ query: "subscription { word }" }),
  dispatchEmpty: true, // `complete` may have no data
  until: ({ type }) => type === "complete", // otherwise a cut would look like the end
});
for await (const { data } of feed.subscribe("next")) console.log(data);
// #endregion
console.log((await feed.closed).reason);
server.close();
