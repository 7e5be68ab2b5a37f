import type { AnyBroker } from "./broker/broker.ts";
import {
  closed,
  nodeBody,
  nodeReply,
  nodeRequest,
  type NodeRequest,
  type NodeResponse,
} from "./http/node-exchange.ts";
import { Post, type PublishHandlerOptions } from "./http/post.ts";
import { webRequest, WebSink } from "./http/web-sink.ts";

export type { PublishHandlerOptions } from "./http/post.ts";

/** One endpoint for both kinds of server: it has the shape of `nodeHandler`'s result, and of `webHandler`'s. */
export interface PublishHandler {
  /** Settles when the response has closed; never rejects. `next` is never called. */
  (req: NodeRequest, res: NodeResponse, next?: (error?: unknown) => void): Promise<void>;
  /** Never rejects. */
  (request: Request): Promise<Response>;
}

/**
 * Publishes what is posted: the body is the data, the query says where and how.
 *
 * Shape:  POST `?stream=NAME` or `?client=NAME`, and `type`, `id`, `minVersion`, `ttlMs`, `idempotencyKey`;
 *         a body of type `application/octet-stream` is sent as base64, and where streams have a contract the body is
 *         JSON; → 202 and `{ "id", "sessions" }`
 * Errors: `TypeError` without `authorize`; answers 400, 401, 404, 405, 409, 413, 422 (by the contract), 503
 * After:  a body that a parser has read is taken from `req.body`. One that is refused is not read further
 */
export function publishHandler<State>(
  broker: AnyBroker<State>,
  options: PublishHandlerOptions,
): PublishHandler {
  const post = new Post(broker, options);
  const onNode = (req: NodeRequest, res: NodeResponse): Promise<void> => {
    const over = closed(req, res);
    void post.answer(nodeRequest(req), nodeBody(req), nodeReply(req, res));
    return over;
  };
  const onWeb = (request: Request): Promise<Response> =>
    new Promise((resolve) => {
      const sink = new WebSink(request.signal, resolve);
      const body = request.body as (AsyncIterable<Uint8Array> & ReadableStream) | null;
      const parsed = request.bodyUsed ? { value: undefined } : undefined;
      void post.answer(webRequest(request), { bytes: body, parsed }, sink).then(() => {
        // What was refused is not read.
        if (body && !body.locked) body.cancel().catch(() => undefined);
      });
    });
  // Deno, Bun and Next give a second argument too, but no response.
  const handle = (req: NodeRequest | Request, res?: unknown, _next?: unknown): Promise<unknown> =>
    isResponse(res) ? onNode(req as NodeRequest, res) : onWeb(req as Request);
  return handle as PublishHandler;
}

const isResponse = (value: unknown): value is NodeResponse =>
  typeof (value as { setHeader?: unknown } | undefined)?.setHeader === "function";
