import { openaiResponses, steadyFetch } from "@steadfeed/client/fetch";
import OpenAI from "openai";
import { failing, healing } from "../shared/app.ts";
import { stream } from "../shared/line.ts";

const words = ["A", " feed", " keeps", " its", " place", " ✓."];
const retry = { initialDelayMs: 5, maxDelayMs: 20 };
const timeouts = { idleMs: 250 };
const refusal = {
  status: 400,
  body: { error: { message: "No such model.", type: "invalid_request_error", code: "model" } },
  error: { name: "Error", status: 400, code: "model" },
};
const client = (url: string, fetch: typeof globalThis.fetch): OpenAI =>
  new OpenAI({ baseURL: `${url}/v1`, apiKey: "none", fetch, maxRetries: 0 });

/** The events of a background response, as the API sends them. */
function events(after = -1): string {
  const response = { id: "resp_1", object: "response", background: true };
  return [
    { type: "response.created", response: { ...response, status: "queued" } },
    { type: "response.in_progress", response: { ...response, status: "in_progress" } },
    ...words.map((delta) => ({
      type: "response.output_text.delta",
      item_id: "msg_1",
      output_index: 0,
      content_index: 0,
      delta,
    })),
    { type: "response.completed", response: { ...response, status: "completed" } },
  ]
    .map((event, at) => Object.assign(event, { sequence_number: at }))
    .slice(after + 1)
    .map((event) => `event: ${event.type}\ndata: ${JSON.stringify(event)}\n\n`)
    .join("");
}

healing("openai, a background response", {
  words,
  // Its id is in the first event.
  resumesFrom: 0.4,
  refusal,
  steady: () => steadyFetch({ resume: openaiResponses(), retry, timeouts }),
  async ask(url, fetch, got, signal) {
    const answer = await client(url, fetch).responses.create(
      { model: "any", input: "What is Steadfeed?", background: true, stream: true },
      { signal },
    );
    for await (const event of answer)
      if (event.type === "response.output_text.delta") got.push(event.delta);
  },
  answer({ method, url }, response, cut) {
    if (method === "POST") return (void stream(response, events(), cut), true);
    const after = url.searchParams.get("starting_after");
    if (
      url.pathname !== "/v1/responses/resp_1" ||
      url.searchParams.get("stream") !== "true" ||
      !after
    )
      throw new Error(url.href);
    void stream(response, events(Number(after)), cut);
    return false;
  },
});

failing("openai, a chat completion", {
  words,
  refusal,
  steady: () => steadyFetch({ until: ({ data }) => data === "[DONE]", retry, timeouts }),
  async ask(url, fetch, got, signal) {
    const answer = await client(url, fetch).chat.completions.create(
      { model: "any", messages: [{ role: "user", content: "What is Steadfeed?" }], stream: true },
      { signal },
    );
    for await (const chunk of answer) got.push(chunk.choices[0]?.delta.content ?? "");
  },
  answer(_, response, cut) {
    const chunks = words.map((content) =>
      JSON.stringify({
        id: "1",
        object: "chat.completion.chunk",
        choices: [{ index: 0, delta: { content } }],
      }),
    );
    const text = [...chunks, "[DONE]"].map((data) => `data: ${data}\n\n`).join("");
    void stream(response, text, cut);
    return true;
  },
});
