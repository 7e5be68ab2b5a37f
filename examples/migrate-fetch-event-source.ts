// From @microsoft/fetch-event-source: node examples/migrate-fetch-event-source.ts
import { fetchEventSource } from "@microsoft/fetch-event-source";
import { Feed } from "@steadfeed/client";
import { startServer } from "./migrate-server.ts";

const { url, close } = await startServer();
const words: string[] = [];
const show = (text: string) => void words.push(text);
// It asks a page whether it is visible.
Object.assign(globalThis, { window: globalThis, document: { addEventListener: () => undefined } });
document.removeEventListener = () => undefined;

// #region before
const abort = new AbortController();

await fetchEventSource(url, {
  method: "POST",
  headers: { Authorization: "Bearer secret", "Content-Type": "application/json" },
  body: JSON.stringify({ prompt: "Count." }),
  signal: abort.signal,
  openWhenHidden: true,
  onopen: async (response) => {
    if (!response.ok) throw new Error(`status ${response.status}`);
  },
  onmessage: ({ event, data }) => {
    if (event === "word") show(data);
    if (event === "done") abort.abort();
  },
  onerror: (error) => {
    throw error; // without this it repeats the request again and again
  },
});
// #endregion
Reflect.deleteProperty(globalThis, "window");
Reflect.deleteProperty(globalThis, "document");

// #region after
const feed = new Feed(url, {
  method: "POST",
  token: "secret",
  headers: { "Content-Type": "application/json" },
  body: JSON.stringify({ prompt: "Count." }),
  until: ({ type }) => type === "done", // an end before it counts as `failed`
});
for await (const { type, data } of feed) {
  if (type === "word") show(data);
}
// #endregion
console.log(words.join(" "));
await close();
