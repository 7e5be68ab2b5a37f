import { aiSdk, steadyFetch } from "@steadfeed/client/fetch";
import { DefaultChatTransport, type UIMessage, type UIMessageChunk } from "ai";
import { healing } from "../shared/app.ts";
import { stream } from "../shared/line.ts";

const words = ["A", " feed", " keeps", " its", " place", " ✓."];
const chunks: UIMessageChunk[] = [
  { type: "start", messageId: "m1" },
  { type: "text-start", id: "t1" },
  ...words.map((delta) => ({ type: "text-delta" as const, id: "t1", delta })),
  { type: "text-end", id: "t1" },
  { type: "finish" },
];
const wire = [...chunks.map((chunk) => JSON.stringify(chunk)), "[DONE]"]
  .map((data) => `data: ${data}\n\n`)
  .join("");

const messages: UIMessage[] = [{ id: "u1", role: "user", parts: [{ type: "text", text: "?" }] }];

healing("the AI SDK's chat", {
  words,
  refusal: { status: 500, body: { error: "No model." }, error: { message: /No model/ } },
  steady: () =>
    steadyFetch({
      resume: aiSdk(),
      retry: { initialDelayMs: 5, maxDelayMs: 20 },
      timeouts: { idleMs: 250 },
    }),
  async ask(url, fetch, got, abortSignal) {
    const transport = new DefaultChatTransport({ api: `${url}/api/chat`, fetch });
    const answer = await transport.sendMessages({
      trigger: "submit-message",
      chatId: "chat 1/2",
      messageId: undefined,
      messages,
      abortSignal,
    });
    for await (const chunk of answer) if (chunk.type === "text-delta") got.push(chunk.delta);
  },
  answer({ method, url }, response, cut) {
    const isNew = method === "POST";
    if (!isNew && url.pathname !== "/api/chat/chat%201%2F2/stream") throw new Error(url.href);
    // What the SDK's own recipe keeps is sent from the start.
    void stream(response, wire, cut, { "x-vercel-ai-ui-message-stream": "v1" });
    return isNew;
  },
});
