import Anthropic from "@anthropic-ai/sdk";
import { location, steadyFetch } from "@steadfeed/client/fetch";
import { failing, healing, type App } from "../shared/app.ts";
import { stream } from "../shared/line.ts";

const words = ["A", " feed", " keeps", " its", " place", " ✓."];
const options = {
  retry: { initialDelayMs: 5, maxDelayMs: 20 },
  timeouts: { idleMs: 250 },
  until: ({ type }: { type: string }) => type === "message_stop",
};

const message = {
  id: "msg_1",
  type: "message",
  role: "assistant",
  model: "any",
  content: [],
  stop_reason: null,
  stop_sequence: null,
  usage: { input_tokens: 1, output_tokens: 1 },
};
const events = [
  { type: "message_start", message },
  { type: "content_block_start", index: 0, content_block: { type: "text", text: "" } },
  { type: "ping" },
  ...words.map((text) => ({
    type: "content_block_delta",
    index: 0,
    delta: { type: "text_delta", text },
  })),
  { type: "content_block_stop", index: 0 },
  { type: "message_delta", delta: { stop_reason: "end_turn" }, usage: { output_tokens: 6 } },
  { type: "message_stop" },
];
const wire = (withIds: boolean, after = -1): string =>
  events
    .map((event, at) => {
      const id = withIds ? `id: ${at}\n` : "";
      return `${id}event: ${event.type}\ndata: ${JSON.stringify(event)}\n\n`;
    })
    .slice(after + 1)
    .join("");

const app: Omit<App, "steady" | "answer"> = {
  words,
  refusal: {
    status: 401,
    body: { type: "error", error: { type: "authentication_error", message: "Who are you?" } },
    error: { status: 401, error: { error: { type: "authentication_error" } } },
  },
  async ask(url, fetch, got, signal) {
    const client = new Anthropic({ baseURL: url, apiKey: "none", fetch, maxRetries: 0 });
    const answer = await client.messages.create(
      { model: "any", max_tokens: 10, messages: [{ role: "user", content: "?" }], stream: true },
      { signal },
    );
    for await (const event of answer) {
      if (event.type === "content_block_delta" && event.delta.type === "text_delta")
        got.push(event.delta.text);
    }
  },
};

failing("anthropic, messages", {
  ...app,
  steady: () => steadyFetch(options),
  answer: (_, response, cut) => (void stream(response, wire(false), cut), true),
});

healing("anthropic behind a server that keeps the answer", {
  ...app,
  steady: () => steadyFetch({ ...options, resume: location() }),
  answer({ method, headers }, response, cut) {
    const isNew = method === "POST";
    const after = isNew ? -1 : Number(headers["last-event-id"] ?? -1);
    const where = { "Content-Location": "/answers/1" };
    void stream(response, wire(true, after), cut, isNew ? where : {});
    return isNew;
  },
});
