import type { FeedEvent } from "../core/event.ts";
import type { BrokenAnswer, ResumeFunction } from "../core/resume.ts";

/** Events whose data is decoded as JSON. */
type Json = { readonly [name: string]: unknown };

/**
 * For answers whose server names the URL of the rest, in a header of the first response. The end is recognised by
 * `until`, by a 204 to the cursor, or by the server's `steadfeed.end`.
 *
 * Shape: `header`: the header with the URL. Default: `Content-Location`, else `Location`
 */
export function location(header?: string): ResumeFunction {
  if (header !== undefined && typeof header !== "string")
    throw new TypeError("location takes the name of a header, which is a text.");
  const names = header === undefined ? ["Content-Location", "Location"] : [header];
  return ({ response }) => {
    const to = names.map((name) => response.headers.get(name)).find((value) => value !== null);
    return to ? { url: new URL(to, response.url) } : undefined;
  };
}

/**
 * For MCP's Streamable HTTP: the answer to a POST, and the stream of a GET, are resumed by a GET with the newest id and
 * the session. A stream without ids cannot be resumed. The answer to a request is complete with its JSON-RPC response.
 *
 * @see https://modelcontextprotocol.io/specification/2025-11-25/basic/transports#resumability-and-redelivery
 */
export function mcp(): ResumeFunction {
  return ({ request, response, last }) => {
    const { method, result, error } = jsonOf(last?.data);
    if (!method && (result || error)) return undefined;
    // The answer to a request is complete only with its response. A server's own messages have no end.
    if (request.method === "POST" && !last?.lastEventId) return null;
    if (last?.lastEventId === "") return undefined;
    const session = response.headers.get("Mcp-Session-Id");
    if (session === null || request.headers.has("Mcp-Session-Id")) return { url: request.url };
    // The answer that starts a session: the client's request did not have its id yet.
    const headers = new Headers(request.headers);
    headers.delete("Content-Type");
    headers.set("Mcp-Session-Id", session);
    return { url: request.url, headers };
  };
}

/**
 * For OpenAI's Responses with `background: true`: they are resumed by `GET
 * /responses/{id}?stream=true&starting_after=n`, after the sequence number of the newest event. Others cannot be
 * resumed.
 *
 * @see https://platform.openai.com/docs/guides/background#streaming-a-background-response
 */
export function openaiResponses(): ResumeFunction {
  return ({ request, first, last }) => {
    const { type, sequence_number: number } = jsonOf(last?.data);
    const { id, background } = (jsonOf(first?.data)["response"] ?? {}) as Json;
    const isComplete = /^(response\.(completed|failed|incomplete|cancelled)|error)$/.test(
      type as string,
    );
    if (isComplete) return undefined;
    // Other answers of the same client, such as chat completions, have their own end marker.
    if (typeof number !== "number") return last ? undefined : null;
    const url = new URL(request.url);
    if (request.method !== "GET") {
      if (!id || !(background || jsonOf(request.body)["background"])) return null;
      url.pathname += `/${id as string}`;
    }
    url.searchParams.set("stream", "true");
    url.searchParams.set("starting_after", String(number));
    return { url };
  };
}

/**
 * For the AI SDK's chats, whose server keeps the stream of the newest answer: it is resumed by `GET {api}/{chat
 * id}/stream`, which sends the answer from the start, up to `[DONE]`.
 *
 * Shape: `to` returns another URL for a chat's id, like `prepareReconnectToStreamRequest`
 *
 * @see https://ai-sdk.dev/docs/ai-sdk-ui/chatbot-resume-streams
 */
export function aiSdk(to?: (chatId: string) => string | URL): ResumeFunction {
  checkTo("aiSdk", to);
  return ({ request, last }) => {
    if (last?.data === "[DONE]") return undefined;
    // This may be a request with which the SDK itself resumes.
    if (request.method === "GET") return { url: request.url, replay: "from-start" };
    const { id } = jsonOf(request.body);
    if (typeof id !== "string") return null;
    const url = new URL(request.url);
    url.pathname += `/${encodeURIComponent(id)}/stream`;
    return { url: to ? to(id) : url, replay: "from-start" };
  };
}

/**
 * For AG-UI's runs. The protocol has no way to resume, so the URL must come from the server's `Content-Location`, or
 * from `to`. A run is complete with `RUN_FINISHED` or `RUN_ERROR`.
 *
 * Shape: `to` returns the URL for a run
 */
export function agui(
  to?: (run: { readonly threadId: string; readonly runId: string }) => string | URL,
): ResumeFunction {
  checkTo("agui", to);
  const byHeader = location();
  return (broken: BrokenAnswer) => {
    if (/^RUN_(FINISHED|ERROR)$/.test(jsonOf(broken.last?.data)["type"] as string))
      return undefined;
    if (!to) return byHeader(broken) ?? null;
    // A cut may come before the first event, but the request names the run too.
    const named = broken.first?.data ?? broken.request.body;
    const run = jsonOf(named) as { threadId: string; runId: string };
    return run.runId ? { url: to(run) } : null;
  };
}

/** Parses a JSON object. Anything else becomes an object without members. */
function jsonOf(text: FeedEvent["data"] | BrokenAnswer["request"]["body"]): Json {
  try {
    return Object(JSON.parse(text as string)) as Json;
  } catch {
    return {};
  }
}

function checkTo(owner: string, to: unknown): void {
  if (to === undefined || typeof to === "function") return;
  throw new TypeError(`${owner} takes a function that gives the URL, or nothing.`);
}
