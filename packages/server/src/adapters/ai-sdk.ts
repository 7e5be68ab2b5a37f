import { ServerError } from "../core/errors.ts";
import type { ServerEvent } from "../core/event.ts";
import type { RunHandlerOptions } from "../http/run-handler.ts";

/**
 * Options of `runHandler` that serve the AI SDK's unmodified `DefaultChatTransport`: POST `path` with the chat's id in
 * its body, GET `path/ID/stream`, which answers 204 without an active run, and DELETE `path/ID` to stop.
 *
 * @see https://ai-sdk.dev/docs/ai-sdk-ui/chatbot-resume-streams
 */
export function aiChat(
  path = "/api/chat",
): Pick<RunHandlerOptions, "path" | "id" | "afterEnd" | "headers"> {
  return {
    path,
    afterEnd: "nothing",
    headers: { "x-vercel-ai-ui-message-stream": "v1" },
    id: async (request) => {
      if (request.method !== "POST" || request.id !== undefined) return undefined;
      const { id } = Object(await request.json()) as { readonly id?: unknown };
      if (typeof id === "string") return id;
      throw new ServerError("refused", "The body must have the id of its chat.", { status: 400 });
    },
  };
}

/**
 * The events of an answer as the AI SDK's clients read them: each chunk as JSON, and `[DONE]`.
 *
 * Shape: `uiMessages(streamText({ …, abortSignal: run.signal }).toUIMessageStream())` is what `start` returns
 */
export async function* uiMessages(
  chunks: AsyncIterable<object> | ReadableStream<object>,
): AsyncGenerator<ServerEvent, void> {
  for await (const data of chunks as AsyncIterable<object>) yield { data };
  yield { data: "[DONE]" };
}
