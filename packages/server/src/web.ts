import { requireBroker, requireFunction } from "./core/check.ts";
import type { Answerer } from "./http/answerer.ts";
import { RunHandler, type RunHandlerOptions } from "./http/run-handler.ts";
import { Handler, type HandlerOptions } from "./http/handler.ts";
import { publishOnChannels } from "./http/channels.ts";
import type { AnyBroker } from "./broker/broker.ts";
import type { StreamContract } from "./core/contract.ts";
import type { Session } from "./session/session.ts";
import { openSingle, type UpgradeOptions } from "./http/single.ts";
import { webRequest, WebSink } from "./http/web-sink.ts";

export type { RunHandlerOptions, RunRequest } from "./http/run-handler.ts";

/**
 * Serves a broker's streams where a request is answered with a `Response`: Hono, Next, Deno, Bun.
 *
 * Shape:  GET `?stream=NAME` opens a session; HEAD, OPTIONS and other methods are answered too
 * Errors: `TypeError` for an invalid option; errors of your hooks become a response
 * After:  the promise never rejects. On workers without shared memory a broker belongs inside a Durable Object
 */
export function webHandler<State>(
  broker: AnyBroker<State>,
  options: HandlerOptions<NoInfer<State>> = {},
): (request: Request) => Promise<Response> {
  requireBroker("webHandler", broker);
  publishOnChannels(broker);
  return serving(new Handler(broker, options));
}

/**
 * Starts, resumes and stops runs over HTTP: see {@link RunHandlerOptions}.
 *
 * Shape:  POST starts a run and streams it, GET streams one from a cursor, DELETE stops it, each at `PATH/ID`; a POST
 *         to `PATH` creates the id
 * Errors: `TypeError` for an invalid option, or without `authorize`; answers 400, 401, 404, 405, 406, 409,
 *         410, 413, 424, 503
 * After:  a run continues when its reader leaves. As {@link webHandler} otherwise
 */
export function runHandler<State, E extends StreamContract = StreamContract>(
  broker: AnyBroker<State>,
  options: RunHandlerOptions<E>,
): (request: Request) => Promise<Response> {
  requireBroker("runHandler", broker);
  publishOnChannels(broker);
  return serving(new RunHandler(broker, options));
}

function serving(handler: Answerer): (request: Request) => Promise<Response> {
  return (request) => {
    requireRequest("The handler", request);
    return new Promise((resolve) => {
      const sink = new WebSink(request, resolve);
      void handler.answer(webRequest(request), sink, () => sink.body());
    });
  };
}

/** Throws `TypeError` for a value that is not a `Request`, such as a request object of a framework. */
function requireRequest(what: string, request: unknown): void {
  const { url, method, headers } = Object(request) as Partial<Request>;
  if (typeof url === "string" && typeof method === "string" && typeof headers?.get === "function")
    return;
  throw new TypeError(
    `${what} takes a Request, such as Hono's c.req.raw. For Node's request and response, use @steadfeed/server/node.`,
  );
}

/**
 * Answers one request with an event stream, without a broker.
 *
 * Shape:  `run` gets the session; the response ends when `run` is done: `respond(request, (s) => s.from(tokens))`
 * Errors: `TypeError` for an invalid option; an error of `run` aborts the body
 * After:  `session.closed` says when the reader left before
 */
export function respond(
  request: Request,
  run: (session: Session) => void | Promise<void>,
  options: UpgradeOptions = {},
): Response {
  requireRequest("respond", request);
  requireFunction("run", run);
  const answers: Response[] = [];
  const sink = new WebSink(request, (response) => void answers.push(response));
  const session = openSingle(sink, options);
  const ran = async (): Promise<void> => run(session);
  ran().then(
    () => session.close(),
    (error: unknown) => {
      sink.cause = error;
      session.end("error", "abort");
    },
  );
  return answers[0]!;
}
