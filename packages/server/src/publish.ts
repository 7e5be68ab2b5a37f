import type { StreamRequest } from "./session/admit.ts";
import type { Broker } from "./broker/broker.ts";
import type { Published } from "./broker/publisher.ts";
import { failure, ServerError } from "./core/errors.ts";
import {
  nodeReply,
  nodeRequest,
  type NodeRequest,
  type NodeResponse,
} from "./http/node-exchange.ts";
import { requireCount } from "./core/options.ts";
import type { Sink } from "./core/sink.ts";
import { webRequest, WebSink } from "./http/web-sink.ts";

export interface PublishHandlerOptions {
  /** Who may publish. `false`: everyone, so keep such a door inside. */
  readonly authorize: ((request: StreamRequest) => boolean | Promise<boolean>) | false;
  /** How much a body may hold, in bytes. Over it: 413. Default: 1 MiB. */
  readonly maxBytes?: number | undefined;
}

/** The same endpoint for both kinds of server. */
export interface PublishHandler {
  readonly node: (req: NodeRequest, res: NodeResponse) => void;
  readonly web: (request: Request) => Promise<Response>;
}

type Body = AsyncIterable<Uint8Array> | null;

/**
 * Publishes what is posted: the body is the data, the query says where and how.
 *
 * Shape:  POST `?stream=NAME` or `?client=NAME`, and `type`, `id`, `minVersion`, `ttlMs`, `idempotencyKey`;
 *         a body of type `application/octet-stream` is sent as base64; → 202 and `{ "id", "sessions" }`
 * Errors: `TypeError` without `authorize`; answers 400, 401, 404, 405, 409, 413, 503
 * After:  mount it before anything that reads bodies
 */
export function publishHandler<State>(
  broker: Broker<State>,
  options: PublishHandlerOptions,
): PublishHandler {
  const { authorize, maxBytes = 1 << 20 } = options;
  if (authorize !== false && typeof authorize !== "function") {
    throw new TypeError("authorize must be a function, or false to let everyone publish.");
  }
  requireCount("maxBytes", maxBytes, 1);
  const answer = async (
    request: StreamRequest,
    body: Body,
    sink: Pick<Sink, "reply">,
  ): Promise<void> => {
    try {
      if (request.method !== "POST") throw new ServerError("method", "Use POST.");
      if (authorize !== false && !(await asked(authorize, request))) {
        throw new ServerError("unauthorized", "You may not publish here.");
      }
      const data = await readBody(request, body, maxBytes);
      const published = await publish(broker, request.query, data);
      sink.reply(202, { "content-type": "application/json" }, JSON.stringify(published));
    } catch (error) {
      const { status, message, code, cause } = known(error);
      if (code === "failed") broker.report(cause, "publish");
      const headers = { "content-type": "text/plain; charset=utf-8" };
      sink.reply(status, status === 405 ? { ...headers, allow: "POST" } : headers, message);
    }
  };
  return {
    node: (req, res) => void answer(nodeRequest(req), req, nodeReply(res)),
    web: (request) =>
      new Promise((resolve) => {
        const sink = new WebSink(request.signal, resolve);
        void answer(webRequest(request), request.body, sink);
      }),
  };
}

/** What it throws is never the publisher's fault. */
async function asked(
  authorize: Exclude<PublishHandlerOptions["authorize"], false>,
  request: StreamRequest,
): Promise<boolean> {
  try {
    return await authorize(request);
  } catch (error) {
    throw error instanceof ServerError ? error : failure(error);
  }
}

function publish<State>(
  broker: Broker<State>,
  query: URLSearchParams,
  data: string | Uint8Array,
): Promise<Published> {
  const [stream, client] = [query.get("stream"), query.get("client")];
  const event = { data, type: query.get("type") ?? undefined };
  const options = {
    id: query.get("id") ?? undefined,
    minVersion: count(query, "minVersion"),
    ttlMs: count(query, "ttlMs"),
    idempotencyKey: query.get("idempotencyKey") ?? undefined,
  };
  if (client !== null) return broker.send(client, event, options);
  if (stream !== null) return broker.publish(stream, event, options);
  throw new ServerError("no-stream", "Name a stream or a client: ?stream=NAME or ?client=NAME");
}

function count(query: URLSearchParams, name: string): number | undefined {
  const text = query.get(name);
  return text === null ? undefined : Number(text);
}

async function readBody(
  request: StreamRequest,
  body: Body,
  maxBytes: number,
): Promise<string | Uint8Array> {
  const tooLarge = new ServerError("event-too-large", `A body may hold ${maxBytes} bytes.`);
  if (Number(request.header("content-length") ?? 0) > maxBytes) throw tooLarge;
  const chunks: Uint8Array[] = [];
  let size = 0;
  try {
    for await (const chunk of body ?? []) {
      size += chunk.byteLength;
      if (size > maxBytes) throw tooLarge;
      chunks.push(chunk);
    }
  } catch (cause) {
    if (cause === tooLarge) throw tooLarge;
    // Whoever hangs up is not to fill our logs.
    throw new ServerError("refused", "The body broke off.", { status: 400, cause });
  }
  const bytes = new Uint8Array(await new Blob(chunks as BlobPart[]).arrayBuffer());
  if (request.header("content-type")?.startsWith("application/octet-stream")) return bytes;
  // Throws for what is not UTF-8.
  return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
}

/** What the publisher did wrong is 400; the rest is ours. */
function known(error: unknown): ServerError {
  if (error instanceof ServerError) return error;
  if (error instanceof TypeError) return new ServerError("refused", error.message, { status: 400 });
  return failure(error);
}
