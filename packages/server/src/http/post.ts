import type { AnyBroker } from "../broker/broker.ts";
import type { Published } from "../broker/publisher.ts";
import { failure, ServerError } from "../core/errors.ts";
import { isThenable, opens } from "../core/hook.ts";
import { requireBroker, requireCount } from "../core/check.ts";
import { nearest } from "../core/nearest.ts";
import { own } from "../core/own.ts";
import type { Sink } from "../core/sink.ts";
import { readBody, type Body } from "./body.ts";
import type { StreamRequest } from "../session/admit.ts";

/** The options of `publishHandler`. */
export interface PublishHandlerOptions {
  /**
   * Decides who may publish: those for whom it returns `true`, and nothing else. `false`: everyone, so keep such an
   * endpoint internal.
   */
  readonly authorize: ((request: StreamRequest) => boolean | Promise<boolean>) | false;
  /** The largest body, in bytes, an integer ≥ 1. Over it: 413. Default: 1 MiB. */
  readonly maxBytes?: number | undefined;
}

/** Publishes posted events, on any platform. */
export class Post<State> {
  readonly #broker: AnyBroker<State>;
  readonly #authorize: PublishHandlerOptions["authorize"];
  readonly #maxBytes: number;

  constructor(broker: AnyBroker<State>, options: PublishHandlerOptions) {
    requireBroker("publishHandler", broker);
    const given = own("publishHandler", options, ["authorize", "maxBytes"]);
    const { authorize, maxBytes = 1 << 20 } = given;
    if (authorize !== false && typeof authorize !== "function") {
      throw new TypeError("authorize must be a function, or false to let everyone publish.");
    }
    this.#broker = broker;
    this.#authorize = authorize;
    this.#maxBytes = requireCount("maxBytes", maxBytes, 1);
  }

  /** Never rejects: an error on the way becomes the response. */
  async answer(request: StreamRequest, body: Body, sink: Pick<Sink, "reply">): Promise<void> {
    try {
      if (request.method !== "POST") throw new ServerError("method", "Use POST.");
      if (!(await this.#admits(request))) {
        throw new ServerError("unauthorized", "You may not publish here.");
      }
      const data = await readBody(request, body, this.#maxBytes);
      const published = await publish(this.#broker, request.query, data);
      sink.reply(202, { "content-type": "application/json" }, JSON.stringify(published));
    } catch (error) {
      const { status, message, code, cause } = known(error);
      if (code === "failed") this.#broker.report(cause, "publish");
      this.#broker.tally.refused++;
      const headers = { "content-type": "text/plain; charset=utf-8" };
      sink.reply(status, status === 405 ? { ...headers, allow: "POST" } : headers, message);
    }
  }

  /** An error in `authorize` is never the publisher's fault. */
  async #admits(request: StreamRequest): Promise<boolean> {
    if (this.#authorize === false) return true;
    try {
      const given = this.#authorize(request);
      return opens(
        isThenable(given) ? await this.#broker.awaited("authorize", "publish", given) : given,
      );
    } catch (error) {
      throw error instanceof ServerError ? error : failure(error);
    }
  }
}

function publish<State>(
  broker: AnyBroker<State>,
  query: URLSearchParams,
  data: unknown,
): Promise<Published> {
  requireParameters(query);
  const [stream, client] = [query.get("stream"), query.get("client")];
  const value = broker.hasContract && typeof data === "string" ? parsedJson(data) : data;
  const event = { data: value, type: query.get("type") ?? undefined };
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

const parameters = ["stream", "client", "type", "id", "minVersion", "ttlMs", "idempotencyKey"];

/** The names of these parameters in other libraries. */
const elsewhere: Readonly<Record<string, string>> = {
  channel: "stream",
  event: "type",
  room: "stream",
  topic: "stream",
};

/**
 * Throws `TypeError` for a name that is almost one of ours: a typing mistake would otherwise change the published event.
 * Any other name is for `authorize` to read.
 */
function requireParameters(query: URLSearchParams): void {
  for (const name of new Set(query.keys())) {
    if (parameters.includes(name)) {
      if (query.getAll(name).length > 1) throw new TypeError(`${name} was given twice.`);
      continue;
    }
    const meant = Object.hasOwn(elsewhere, name) ? elsewhere[name] : nearest(name, parameters, 0.6);
    if (meant !== undefined)
      throw new TypeError(`There is no parameter ${name}: did you mean ${meant}?`);
  }
  if (query.has("stream") && query.has("client"))
    throw new TypeError("stream and client exclude each other: an event goes to one of them.");
}

function count(query: URLSearchParams, name: string): number | undefined {
  const text = query.get(name);
  if (text === null) return undefined;
  if (text.trim() === "" || Number.isNaN(Number(text)))
    throw new TypeError(`${name} must be a number, not ${JSON.stringify(text)}.`);
  return Number(text);
}

function parsedJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new ServerError("invalid", "The body must be JSON.", { cause });
  }
}

/** A mistake of the publisher is 400; any other error is the server's. */
function known(error: unknown): ServerError {
  if (error instanceof ServerError) return error;
  if (error instanceof TypeError) return new ServerError("refused", error.message, { status: 400 });
  return failure(error);
}
