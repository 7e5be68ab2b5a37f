import { requireBroker } from "./core/check.ts";
import type { Answerer } from "./http/answerer.ts";
import { RunHandler, type RunHandlerOptions } from "./http/run-handler.ts";
import { Handler, type HandlerOptions } from "./http/handler.ts";
import { publishOnChannels } from "./http/channels.ts";
import type { AnyBroker } from "./broker/broker.ts";
import type { StreamContract } from "./core/contract.ts";
import { closed, isQueued, nodeBody, nodeRequest } from "./http/node-exchange.ts";
import {
  pairOf,
  type WrappedRequest,
  type WrappedResponse,
  type NodeRequest,
  type NodeResponse,
} from "./http/node-pair.ts";
import { NodeSink, probeAfterMs } from "./http/node-sink.ts";
import { Shared } from "./http/node-shared.ts";
import type { Session } from "./session/session.ts";
import { openSingle, type UpgradeOptions } from "./http/single.ts";

export type { RunHandlerOptions, RunRequest } from "./http/run-handler.ts";
export type {
  NodeRequest,
  NodeResponse,
  WrappedRequest,
  WrappedResponse,
} from "./http/node-pair.ts";

/** Fits `node:http`, `node:https`, `node:http2`, Express, Connect and Fastify, and Koa with `context.request` and `context.response`. */
export type NodeHandler = (
  req: NodeRequest | WrappedRequest,
  res: NodeResponse | WrappedResponse,
  next?: (error?: unknown) => void,
) => Promise<void>;

/** A socket with more than this many requests after an open stream is closed. */
const maxLater = 16;

/**
 * Serves a broker's streams from a Node server: `createServer(nodeHandler(broker))`.
 *
 * Shape:  GET `?stream=NAME` opens a session; HEAD, OPTIONS and other methods are answered too
 * Errors: `TypeError` for an invalid option; errors of your hooks become a response
 * After:  it always answers; `next` is never called. The promise settles when the response has closed, and never
 *         rejects
 */
export function nodeHandler<State>(
  broker: AnyBroker<State>,
  options: HandlerOptions<NoInfer<State>> = {},
): NodeHandler {
  requireBroker("nodeHandler", broker);
  publishOnChannels(broker);
  return serving("nodeHandler", broker, new Handler(broker, options));
}

/**
 * Starts, resumes and stops runs over HTTP: see {@link RunHandlerOptions}.
 *
 * Shape:  POST starts a run and streams it, GET streams one from a cursor, DELETE stops it, each at `PATH/ID`; a POST
 *         to `PATH` creates the id
 * Errors: `TypeError` for an invalid option, or without `authorize`; answers 400, 401, 404, 405, 406, 409,
 *         410, 413, 424, 503
 * After:  a run continues when its reader leaves. As {@link nodeHandler} otherwise
 */
export function runHandler<State, E extends StreamContract = StreamContract>(
  broker: AnyBroker<State>,
  options: RunHandlerOptions<E>,
): NodeHandler {
  requireBroker("runHandler", broker);
  publishOnChannels(broker);
  return serving("runHandler", broker, new RunHandler(broker, options));
}

function serving(
  name: string,
  broker: { readonly heartbeatMs: number | false },
  handler: Answerer,
): NodeHandler {
  const { heartbeatMs } = broker;
  const shared = new Shared(heartbeatMs === false || heartbeatMs > probeAfterMs);
  // Three parameters, since frameworks that count them then treat it as middleware.
  return (request, response, _next) => {
    const pair = pairOf(name, request, response);
    const { req, res } = pair;
    const closing = closed(pair);
    const later = shared.taken.get(req.socket);
    if (later === undefined) {
      const answer = (): void => {
        const sink = new NodeSink(req, res, shared);
        void handler.answer(nodeRequest(pair), sink, () => nodeBody(pair));
      };
      inTurn(res, answer);
    } else {
      // No request after `Connection: close` is answered: https://www.rfc-editor.org/rfc/rfc9112#section-9.6
      shared.taken.set(req.socket, later + 1);
      if (later >= maxLater) req.socket.destroy();
    }
    return closing;
  };
}

/**
 * HTTP/1.1 answers in order: a request waits until the earlier ones on its socket are answered, which never happens
 * after a stream. The first one is answered when Node has parsed all it has read: if the rest is broken, or too many
 * requests, Node or this file destroys the socket within the parsing, and the stream's first bytes with it.
 */
function inTurn(res: NodeResponse, answer: () => void): void {
  if (isQueued(res)) res.once("socket", answer);
  else queueMicrotask(answer);
}

/**
 * Makes one response an event stream, without a broker.
 *
 * Shape:  head and first bytes are sent at once; → its session
 * Errors: `TypeError` for an invalid option
 * After:  the response is the session's; it ends with `session.close()` or when the reader leaves
 */
export function upgrade(
  request: NodeRequest | WrappedRequest,
  response: NodeResponse | WrappedResponse,
  options: UpgradeOptions = {},
): Session {
  const { req, res } = pairOf("upgrade", request, response);
  return openSingle(new NodeSink(req, res), options);
}
