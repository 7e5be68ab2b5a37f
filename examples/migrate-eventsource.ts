// From the browser's EventSource, or the package of that name: node examples/migrate-eventsource.ts
import { Feed } from "@steadfeed/client";
import { EventSource } from "eventsource";
import { startServer } from "./migrate-server.ts";

const { url, close } = await startServer();
const words: string[] = [];
const show = (text: string) => void words.push(text);

await new Promise<void>((done) => {
  // #region before
  const source = new EventSource(url, {
    // The browser's own can't send a header at all.
    fetch: (input, init) =>
      fetch(input, { ...init, headers: { ...init.headers, Authorization: "Bearer secret" } }),
  });
  source.addEventListener("word", (event) => show(event.data));
  source.addEventListener("done", () => source.close());
  source.addEventListener("error", (event) => console.error(event.code));
  // #endregion
  source.addEventListener("done", () => done());
});

// #region after
const feed = new Feed(url, { token: "secret" });

feed.subscribe("word", (event) => show(event.data));
feed.subscribe("done", () => feed.close());
feed.on("waiting", ({ error, delayMs }) => console.error(error.message, "again in", delayMs));
feed.on("closed", ({ reason, error }) => console.log(reason, error));
// #endregion
await feed.closed;
console.log(words.join(" "));
await close();
