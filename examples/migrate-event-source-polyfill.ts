// From event-source-polyfill: node examples/migrate-event-source-polyfill.ts
import { Feed } from "@steadfeed/client";
import { startServer } from "./migrate-server.ts";

const { url, close } = await startServer();
const words: string[] = [];
const show = (text: string) => void words.push(text);
// It has no types.
const specifier: string = "event-source-polyfill";
const { default: polyfill } = await import(specifier);
const { EventSourcePolyfill } = polyfill;

await new Promise<void>((done) => {
  // #region before
  const source = new EventSourcePolyfill(url, {
    headers: { Authorization: "Bearer secret" },
    heartbeatTimeout: 45_000,
  });
  source.addEventListener("word", (event: { data: string }) => show(event.data));
  source.addEventListener("done", () => source.close());
  // #endregion
  source.addEventListener("done", () => done());
});

// #region after
const feed = new Feed(url, {
  token: "secret",
  timeouts: { idleMs: 45_000 }, // a dead connection is not awaited
});
feed.subscribe("word", (event) => show(event.data));
feed.subscribe("done", () => feed.close());
// #endregion
await feed.closed;
console.log(words.join(" "));
await close();
