import type { AnyBroker } from "../broker/broker.ts";
import type { Published } from "../broker/publisher.ts";
import { failure, ServerError } from "../core/errors.ts";
import { opens } from "../core/hook.ts";
import { requireCount } from "../core/check.ts";
import { own } from "../core/own.ts";
import type { Sink } from "../core/sink.ts";
import type { StreamRequest } from "../session/admit.ts";

export interface PublishHandlerOptions {
  /** Who may publish: those for whom it answers `true`, and nothing else. `false`: everyone, so keep such a door inside. */
  readonly authorize: ((request: StreamRequest) => boolean | Promise<boolean>) | false;
  /** How much a body may hold, in bytes, an integer ≥ 1. Over it: 413. Default: 1 MiB. */
  readonly maxBytes?: number | undefined;
}

/** A body as its platform has it. */
export interface Body {
  /** If the body was read already: what a parser has made of it, and its text or bytes, where one kept them. */
  readonly parsed: { readonly value: unknown; readonly raw: unknown } | undefined;
  readonly bytes: AsyncIterable<Uint8Array>;
}

/** Publishes what is posted, whatever the platform. */
export class Post<State> {
  readonly #broker: AnyBroker<State>;
  readonly #authorize: PublishHandlerOptions["authorize"];
  readonly #maxBytes: number;

  constructor(broker: AnyBroker<State>, options: PublishHandlerOptions) {
    const given = own("publishHandler", options, ["authorize", "maxBytes"]);
    const { authorize, maxBytes = 1 << 20 } = given;
    if (authorize !== false && typeof authorize !== "function") {
      throw new TypeError("authorize must be a function, or false to let everyone publish.");
    }
    this.#broker = broker;
    this.#authorize = authorize;
    this.#maxBytes = requireCount("maxBytes", maxBytes, 1);
  }

  /** Never rejects: what is thrown on the way becomes the answer. */
  async answer(request: StreamRequest, body: Body, sink: Pick<Sink, "reply">): Promise<void> {
    try {
      if (request.method !== "POST") throw new ServerError("method", "Use POST.");
      if (!(await this.#admits(request))) {
        throw new ServerError("unauthorized", "You may not publish here.");
      }
      const data = await read(request, body, this.#maxBytes);
      const published = await publish(this.#broker, request.query, data);
      sink.reply(202, { "content-type": "application/json" }, JSON.stringify(published));
    } catch (error) {
      const { status, message, code, cause } = known(error);
      if (code === "failed") this.#broker.report(cause, "publish");
      const headers = { "content-type": "text/plain; charset=utf-8" };
      sink.reply(status, status === 405 ? { ...headers, allow: "POST" } : headers, message);
    }
  }

  /** What it throws is never the publisher's fault. */
  async #admits(request: StreamRequest): Promise<boolean> {
    if (this.#authorize === false) return true;
    try {
      return opens(await this.#authorize(request));
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

function count(query: URLSearchParams, name: string): number | undefined {
  const text = query.get(name);
  return text === null ? undefined : Number(text);
}

async function read(request: StreamRequest, body: Body, maxBytes: number): Promise<unknown> {
  const tooLarge = new ServerError("event-too-large", `A body may hold ${maxBytes} bytes.`);
  if (Number(request.header("content-length") ?? 0) > maxBytes) throw tooLarge;
  const type = request.header("content-type") ?? "";
  if (body.parsed) {
    const data = parsed(body.parsed, type);
    const size = data instanceof Uint8Array ? data.byteLength : new Blob([data]).size;
    if (size > maxBytes) throw tooLarge;
    return data;
  }
  const chunks: Uint8Array[] = [];
  let size = 0;
  try {
    for await (const chunk of body.bytes) {
      size += chunk.byteLength;
      if (size > maxBytes) throw tooLarge;
      chunks.push(chunk);
    }
  } catch (cause) {
    if (cause === tooLarge) throw tooLarge;
    // A client that hangs up must not fill our logs.
    throw new ServerError("refused", "The body broke off.", { status: 400, cause });
  }
  const bytes = new Uint8Array(await new Blob(chunks as BlobPart[]).arrayBuffer());
  return asData(bytes, type);
}

function parsedJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new ServerError("invalid", "The body must be JSON.", { cause });
  }
}

/** What a body parser left. It read the body, so there is nothing else to publish. */
function parsed({ value, raw }: NonNullable<Body["parsed"]>, type: string): string | Uint8Array {
  if (raw instanceof Uint8Array) return asData(raw, type);
  if (typeof raw === "string") return raw;
  if (value instanceof Uint8Array) return asData(value, type);
  if (typeof value === "string" && !/\bjson\b/i.test(type)) return value;
  if (value !== undefined) return JSON.stringify(value);
  throw new ServerError(
    "refused",
    "The body was already read, and no body parser left it on the request.",
    { status: 400 },
  );
}

/** Throws for what is not UTF-8. */
const asData = (bytes: Uint8Array, type: string): string | Uint8Array =>
  type.startsWith("application/octet-stream")
    ? bytes
    : new TextDecoder("utf-8", { fatal: true }).decode(bytes);

/** What the publisher did wrong is 400; the rest is ours. */
function known(error: unknown): ServerError {
  if (error instanceof ServerError) return error;
  if (error instanceof TypeError) return new ServerError("refused", error.message, { status: 400 });
  return failure(error);
}
