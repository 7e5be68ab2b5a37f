import { EventType } from "@tanstack/ai/client";
import { fetchServerSentEvents } from "@tanstack/ai-client";
import { steadyFetch } from "@steadfeed/client/fetch";
import { failing, healing, type App } from "../shared/app.ts";
import { stream } from "../shared/line.ts";

const words = ["A", " feed", " keeps", " its", " place", " ✓."];
const options = {
  retry: { initialDelayMs: 5, maxDelayMs: 20 },
  timeouts: { idleMs: 250 },
  until: ({ data }: { data: string }) => data.includes(EventType.RUN_FINISHED),
};
const run = { threadId: "thread", runId: "run", timestamp: 1 };
const wire = [
  { type: EventType.RUN_STARTED, ...run },
  { type: EventType.TEXT_MESSAGE_START, messageId: "m1", role: "assistant" },
  ...words.map((delta) => ({ type: EventType.TEXT_MESSAGE_CONTENT, messageId: "m1", delta })),
  { type: EventType.TEXT_MESSAGE_END, messageId: "m1" },
  { type: EventType.RUN_FINISHED, ...run },
]
  .map((chunk) => `data: ${JSON.stringify(chunk)}\n\n`)
  .join("");

const app: Omit<App, "steady"> = {
  words,
  refusal: { status: 503, body: {}, error: { message: /HTTP error! status: 503/ } },
  async ask(url, fetchClient, got, signal) {
    const chat = fetchServerSentEvents(url, { fetchClient });
    const context = { threadId: run.threadId, runId: run.runId };
    for await (const chunk of chat.connect([], undefined, signal, context)) {
      if ("delta" in chunk && typeof chunk.delta === "string") got.push(chunk.delta);
    }
  },
  answer({ method }, response, cut) {
    void stream(response, wire, cut);
    return method === "POST";
  },
};

failing("TanStack AI's chat without durability", { ...app, steady: () => steadyFetch(options) });

healing("TanStack AI's chat whose server sends an answer again from its start", {
  ...app,
  steady: () =>
    steadyFetch({ ...options, resume: () => ({ url: "/again", replay: "from-start" }) }),
});
