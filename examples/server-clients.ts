// Access rules for streams, and events for one client in all its tabs: node examples/server-clients.ts
import { once } from "node:events";
import { createServer } from "node:http";
import { Feed } from "@steadfeed/client";
import { Broker } from "@steadfeed/server";
import { nodeHandler } from "@steadfeed/server/node";
import { portOf } from "./port.ts";

const users = new Map([["secret", { name: "ann", groups: ["staff", "everyone"] }]]);
// #region clients
interface State {
  readonly since: number;
}

const broker = new Broker<State>({
  limits: { sessionsPerClient: 10 },
  onConnect: (session) => void session.send({ type: "welcome", data: session.client }),
  onDisconnect: ({ client, state }, reason) =>
    console.log(client, "left:", reason, "after", Date.now() - state.since, "ms"),
});

const handler = nodeHandler(broker, {
  admit: ({ header }) => {
    const user = users.get(header("authorization")?.replace("Bearer ", "") ?? "");
    if (!user) return { status: 401, headers: { "www-authenticate": "Bearer" } };
    return { streams: user.groups, client: user.name, state: { since: Date.now() } };
  },
});
// #endregion
const server = createServer(handler).listen(0);
await once(server, "listening");
const url = `http://localhost:${portOf(server)}/`;
console.log("without a token:", (await fetch(url)).status);

const tabs = [1, 2].map(() => new Feed(url, { token: "secret" }));
const notes = Promise.all(tabs.map((tab) => tab.once("note")));
const [welcome] = await Promise.all(tabs.map((tab) => tab.once("welcome")));
console.log("welcome,", welcome?.data);
const { presence } = broker;
console.log("is ann here?", await presence.has("ann"), "is bob?", await presence.has("bob"));
const { sessions } = await broker.send("ann", { type: "note", data: "only for you" });
const got = (await notes).map(({ data }) => data);
console.log(`sent to ${sessions} sessions:`, got);

for (const tab of tabs) tab.close();
await broker.close();
server.close();
server.closeAllConnections();
