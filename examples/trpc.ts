// Subscriptions of tRPC that send a fresh token each time: node examples/trpc.ts
import { once } from "node:events";
import { EventSource } from "@steadfeed/client/eventsource";
import { createTRPCClient, httpSubscriptionLink } from "@trpc/client";
import { initTRPC, tracked } from "@trpc/server";
import { createHTTPServer } from "@trpc/server/adapters/standalone";
import { portOf } from "./port.ts";
const t = initTRPC.create();
const router = t.router({
  words: t.procedure.subscription(async function* () {
    for (const [id, word] of ["A", "feed", "keeps", "its", "place"].entries())
      yield tracked(String(id), word);
  }),
});
const server = createHTTPServer({ router }).listen(0);
await once(server, "listening");
const url = `http://localhost:${portOf(server)}`;
const freshToken = (): string => "secret";
const words: string[] = [];
// #region trpc
const eventSourceOptions = () => ({ headers: () => ({ Authorization: `Bearer ${freshToken()}` }) });
const link = httpSubscriptionLink({ url, EventSource, eventSourceOptions });
const client = createTRPCClient<typeof router>({ links: [link] });
const subscription = client.words.subscribe(undefined, { onData: ({ data }) => words.push(data) });
// #endregion
while (words.length < 5) await new Promise((resolve) => setTimeout(resolve, 10));
console.log(words.join(" "));
subscription.unsubscribe();
server.close();
