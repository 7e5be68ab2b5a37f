import { location, steadyFetch } from "@steadfeed/client/fetch";
import { createClient } from "graphql-sse";
import { failing, healing, type App } from "../shared/app.ts";
import { stream } from "../shared/line.ts";

const words = ["A", " feed", " keeps", " its", " place", " ✓."];
const options = {
  retry: { initialDelayMs: 5, maxDelayMs: 20 },
  timeouts: { idleMs: 250 },
  until: ({ type }: { type: string }) => type === "complete",
};

/** What the protocol's distinct connections send: `next` for each result, then `complete`. */
const wire = (after?: number): string =>
  [
    ...words.map((word) => `event: next\ndata: ${JSON.stringify({ data: { word } })}\n\n`),
    "event: complete\ndata:\n\n",
  ]
    .map((block, at) => (after === undefined ? block : `id: ${at}\n${block}`))
    .slice((after ?? -1) + 1)
    .join("");

const app: Omit<App, "steady" | "answer"> = {
  words,
  refusal: {
    status: 400,
    body: { errors: [{ message: "No such field." }] },
    error: { message: /Bad Request/ },
  },
  async ask(url, fetchFn, got, signal) {
    // By itself it would run the operation again.
    const client = createClient({ url, fetchFn, retryAttempts: 0 });
    const results = client.iterate<{ word: string }>({ query: "subscription { word }" });
    signal.addEventListener("abort", () => client.dispose());
    for await (const { data } of results) got.push(data!.word);
  },
};

failing("graphql-sse", {
  ...app,
  steady: () => steadyFetch(options),
  answer: (_, response, cut) => (void stream(response, wire(), cut), true),
});

healing("graphql-sse behind a server that keeps the results", {
  ...app,
  steady: () => steadyFetch({ ...options, resume: location() }),
  answer({ method, headers }, response, cut) {
    const isNew = method === "POST";
    const after = Number(headers["last-event-id"] ?? -1);
    void stream(response, wire(after), cut, isNew ? { "Content-Location": "/results/1" } : {});
    return isNew;
  },
});
