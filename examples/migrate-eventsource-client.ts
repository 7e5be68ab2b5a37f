// From eventsource-client: node examples/migrate-eventsource-client.ts
import { Feed } from "@steadfeed/client";
import { createEventSource } from "eventsource-client";
import { startServer } from "./migrate-server.ts";

const { url, close } = await startServer();
const words: string[] = [];
const show = (text: string) => void words.push(text);

// #region before
const source = createEventSource({
  url,
  headers: { Authorization: "Bearer secret" },
  onScheduleReconnect: ({ delay }) => console.error("again in", delay),
});
for await (const { event, data } of source) {
  if (event === "word") show(data);
  if (event === "done") break;
}
source.close();
// #endregion

// #region after
const feed = new Feed(url, { token: "secret" });

feed.on("waiting", ({ error, delayMs }) => console.error(error.message, "again in", delayMs));
for await (const { type, data } of feed) {
  if (type === "word") show(data);
  if (type === "done") break;
}
feed.close();
// #endregion
console.log(words.join(" "));
await close();
