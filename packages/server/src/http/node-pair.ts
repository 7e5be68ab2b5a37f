import type { IncomingMessage, ServerResponse } from "node:http";
import type { Http2ServerRequest, Http2ServerResponse } from "node:http2";

// Types only: `publish` also serves platforms that have no `node:http`.

/** A request of `node:http`, `node:http2`, or a framework that wraps one. */
export type NodeRequest = IncomingMessage | Http2ServerRequest;
/** A response of `node:http` or `node:http2`. */
export type NodeResponse = ServerResponse | Http2ServerResponse;

/** The request of a framework, in place of Node's: Fastify's `request`, Koa's `context.request`. */
export type WrappedRequest = { readonly raw: NodeRequest } | { readonly req: NodeRequest };
/** The response of a framework, in place of Node's: Fastify's `reply`, Koa's `context.response`. */
export type WrappedResponse = { readonly raw: NodeResponse } | { readonly res: NodeResponse };

/** One request with its response. */
export interface NodePair {
  readonly req: NodeRequest;
  readonly res: NodeResponse;
  /** The request as the framework passed it, with the additions of parsers and middleware. */
  readonly given: object;
}

interface Wrapped {
  readonly raw?: unknown;
  readonly req?: unknown;
  readonly res?: unknown;
  /** Fastify. */
  readonly hijack?: () => unknown;
  /** Koa. */
  readonly ctx?: { respond?: boolean };
}

/**
 * Node's own pair, from the arguments of a framework; `undefined` if there is none. The framework no longer responds by
 * itself.
 */
export function findPair(request: object, response: unknown): NodePair | undefined {
  if (isResponse(response)) return { req: request as NodeRequest, res: response, given: request };
  const reply = Object(response) as Wrapped;
  const res = reply.raw ?? reply.res;
  if (!isResponse(res)) return undefined;
  reply.hijack?.();
  if (reply.ctx) reply.ctx.respond = false;
  const { raw, req } = request as Wrapped;
  return { req: (raw ?? req) as NodeRequest, res, given: request };
}

/** As {@link findPair}. Throws `TypeError` if there is none. */
export function pairOf(what: string, request: object, response: unknown): NodePair {
  const pair = findPair(request, response);
  if (pair) return pair;
  throw new TypeError(
    `${what} takes a request and a response of Node, Express, Fastify or Koa. For a web Request, use @steadfeed/server/web.`,
  );
}

const isResponse = (value: unknown): value is NodeResponse =>
  typeof (value as { setHeader?: unknown } | undefined)?.setHeader === "function";
