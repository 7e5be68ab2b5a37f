// A token that expires and is renewed, then logout: node examples/guide-auth.ts
import { once } from "node:events";
import { createServer } from "node:http";
import { Feed } from "@steadfeed/client";
import { Broker } from "@steadfeed/server";
import { nodeHandler } from "@steadfeed/server/node";
import { portOf } from "./port.ts";

/** Your identity provider: it issues tokens that are valid for a moment. */
const issued = new Map<string, { user: string; expiresAt: number }>();
function issue(user: string): string {
  const token = `token-${issued.size}`;
  issued.set(token, { user, expiresAt: Date.now() + 500 });
  return token;
}
// #region server
const broker = new Broker();
const handler = nodeHandler(broker, {
  admit: (request) => {
    const token = request.header("authorization")?.slice("Bearer ".length) ?? "";
    const claims = issued.get(token); // verify it as your provider requires
    if (!claims || claims.expiresAt <= Date.now()) return { status: 401 };
    // No event is written after expiresAt: milliseconds, so a JWT's `exp` times 1000.
    return { streams: "news", client: claims.user, expiresAt: claims.expiresAt };
  },
});
// #endregion
const server = createServer(handler).listen(0);
await once(server, "listening");
const url = `http://localhost:${portOf(server)}/`;
let token = issue("ada");
const refresh = async () => (token = issue("ada"));

// #region client
const feed = new Feed(url, {
  // Called for each attempt, and once more after a 401: renew the token there.
  token: ({ reason }) => (reason === "unauthorized" ? refresh() : token),
});
// #endregion
feed.on("open", ({ resumedFrom }) => console.log(resumedFrom ? `resumed with ${token}` : "open"));
const news = feed.subscribe("message");
await feed.open();
await broker.publish("news", "one");
console.log((await news.next()).value?.data);
await new Promise((resolve) => setTimeout(resolve, 700)); // the token expires here
await broker.publish("news", "two");
console.log((await news.next()).value?.data);

// #region logout
async function logout(user: string): Promise<void> {
  for (const [each, claims] of issued) if (claims.user === user) issued.delete(each);
  await broker.disconnect(user); // ends this user's sessions, on every machine that shares the log
}
// #endregion
await logout("ada");
feed.close();
await broker.close();
server.close();
