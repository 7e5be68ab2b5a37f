import type { AnyBroker } from "./broker/broker.ts";
import { closed, nodeBody, nodeReply, nodeRequest } from "./http/node-exchange.ts";
import {
  findPair,
  type NodePair,
  type WrappedRequest,
  type WrappedResponse,
  type NodeRequest,
  type NodeResponse,
} from "./http/node-pair.ts";
import { Post, type PublishHandlerOptions } from "./http/post.ts";
import { webRequest, WebSink } from "./http/web-sink.ts";

export type { PublishHandlerOptions } from "./http/post.ts";

/** One endpoint for both kinds of server: it has the signatures of `nodeHandler`'s result and of `webHandler`'s. */
export interface PublishHandler {
  /** Settles when the response has closed; never rejects. `next` is never called. */
  (
    req: NodeRequest | WrappedRequest,
    res: NodeResponse | WrappedResponse,
    next?: (error?: unknown) => void,
  ): Promise<void>;
  /** Never rejects. */
  (request: Request): Promise<Response>;
}

/**
 * Publishes posted events: the body is the data, the query has the stream and the options.
 *
 * Shape:  POST `?stream=NAME` or `?client=NAME`, and `type`, `id`, `minVersion`, `ttlMs`, `idempotencyKey`;
 *         a body of type `application/octet-stream` is sent as base64, and where streams have a contract the body is
 *         JSON; → 202 and `{ "id", "sessions" }`
 * Errors: `TypeError` without `authorize`; answers 400, 401, 404, 405, 409, 413, 422 (by the contract), 503
 * After:  a body that a parser has read is taken from the request's `rawBody`, or else its `body`. A refused one is not
 *         read further
 */
export function publishHandler<State>(
  broker: AnyBroker<State>,
  options: PublishHandlerOptions,
): PublishHandler {
  const post = new Post(broker, options);
  const onNode = (pair: NodePair): Promise<void> => {
    const closing = closed(pair);
    void post.answer(nodeRequest(pair), nodeBody(pair), nodeReply(pair));
    return closing;
  };
  const onWeb = (request: Request): Promise<Response> =>
    new Promise((resolve) => {
      const sink = new WebSink(request, resolve);
      void post.answer(webRequest(request), sink.body(), sink);
    });
  // Deno, Bun and Next pass a second argument too, but no response.
  const handle = (request: object, response?: unknown, _next?: unknown): Promise<unknown> => {
    const pair = findPair(request, response);
    return pair ? onNode(pair) : onWeb(request as Request);
  };
  return handle as PublishHandler;
}
