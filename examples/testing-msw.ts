// With the handlers of msw, if they mock the rest of your API: node examples/testing-msw.ts
import { strictEqual } from "node:assert/strict";
// #region msw
import { Feed } from "@steadfeed/client";
import { setupServer } from "msw/node";
import { sse } from "msw/sse";

globalThis.EventSource ??= Function as never; // msw requires one; Node has none
const server = setupServer(
  sse<{ tick: string }>("https://api.example.com/prices", ({ client }) => {
    client.send({ id: "1", event: "tick", data: "1.08" });
  }),
);
server.listen();

// msw intercepts fetch, and not the sockets that a feed opens by itself.
const feed = new Feed("https://api.example.com/prices", { fetch: globalThis.fetch });
const { data, lastEventId } = await feed.once("tick");
// #endregion
strictEqual(`${lastEventId}: ${data}`, "1: 1.08");
console.log("mocked:", data);
feed.close();
server.close();
