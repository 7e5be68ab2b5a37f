// Notifications for one user, kept while no device is connected: node examples/guide-notifications.ts
import { once } from "node:events";
import { createServer } from "node:http";
import { Feed } from "@steadfeed/client";
import { Broker } from "@steadfeed/server";
import { nodeHandler } from "@steadfeed/server/node";
import { portOf } from "./port.ts";

// #region server
const broker = new Broker();
const handler = nodeHandler(broker, {
  admit: (request) => {
    const user = /user=(\w+)/.exec(request.header("cookie") ?? "")?.[1]; // your session, verified
    return user ? { streams: "announcements", client: user } : { status: 401 };
  },
});

// To every device of one user: connected ones, and those that return later.
const notify = (user: string, text: string) =>
  broker.send(user, { type: "notification", data: text });
// #endregion
const server = createServer(handler).listen(0);
await once(server, "listening");
const url = `http://localhost:${portOf(server)}/`;
const storage = new Map<string, string>(); // localStorage, in a browser

function open(): Feed {
  // #region client
  const feed = new Feed(url, {
    headers: { Cookie: "user=ada" }, // in a browser the cookie is sent automatically
    // The position of the page, kept after it was closed: the id of the last event taken.
    store: {
      get: () => storage.get("notifications"),
      set: (id) => void storage.set("notifications", id),
    },
  });
  feed.subscribe("notification", ({ data }) => console.log(data));
  // #endregion
  return feed;
}
const first = open();
await first.open();
await notify("ada", "Your order has left.");
await first.once("notification");
await first.drain();
first.close(); // the page is closed
await notify("ada", "Your order has come.");
await notify("bob", "This one is for Bob.");

const second = open();
await second.once("notification");
second.close();
await broker.close();
server.close();
