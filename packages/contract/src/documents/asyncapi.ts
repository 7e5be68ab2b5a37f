import type { StreamsContract } from "../core/stream.ts";
import { checkOptions } from "./options.ts";
import { mapText, parametersOf } from "./names.ts";
import { describe, freeName, type DescribeSchema, type JsonSchema } from "./schemas.ts";

/** The options of `toAsyncApi`. */
export interface AsyncApiOptions {
  readonly info: {
    readonly title: string;
    readonly version: string;
    readonly [field: string]: unknown;
  };
  /** The address of a stream, by its name. Default: `` (name) => `/events?stream=${name}` ``. */
  readonly address?: ((stream: string) => string) | undefined;
  readonly servers?: Readonly<Record<string, object>> | undefined;
  /** For schemas that cannot describe themselves, such as valibot's: its `toJsonSchema`. */
  readonly toJsonSchema?: DescribeSchema | undefined;
}

const optionNames = [
  "info",
  "address",
  "servers",
  "toJsonSchema",
] as const satisfies readonly (keyof AsyncApiOptions)[];

/** An AsyncAPI 3.0 document: a plain object, to be served as JSON. */
export interface AsyncApiDocument {
  readonly asyncapi: "3.0.0";
  readonly info: AsyncApiOptions["info"];
  readonly defaultContentType: "application/json";
  readonly servers?: Readonly<Record<string, object>>;
  readonly channels: Readonly<Record<string, object>>;
  readonly operations: Readonly<Record<string, object>>;
  readonly components: { readonly schemas: Readonly<Record<string, JsonSchema>> };
}

/**
 * The contract as an AsyncAPI 3.0 document, from the server's side: a channel for each stream, a message for each event
 * type, and an operation that sends them. The schemas describe the sent data, which is the input of the contract's
 * schemas.
 *
 * Errors: `TypeError` for a schema that cannot describe itself, without a `toJsonSchema`
 * @see https://www.asyncapi.com/docs/reference/specification/v3.0.0
 */
export function toAsyncApi(streams: StreamsContract, options: AsyncApiOptions): AsyncApiDocument {
  checkOptions("toAsyncApi", streams, options, optionNames);
  const { info, address = byQuery, servers, toJsonSchema } = options;
  if (typeof address !== "function")
    throw new TypeError("address must be a function of a stream's name.");
  const { events, schemas } = describe(streams, toJsonSchema);
  const channels: Record<string, object> = {};
  const operations: Record<string, object> = {};
  for (const stream of Object.keys(streams)) {
    const key = freeName(stream, channels);
    const messages: Record<string, object> = {};
    for (const { type, ref } of events.filter((event) => event.stream === stream)) {
      messages[freeName(type, messages)] = {
        name: type,
        contentType: "application/json",
        payload: { $ref: ref },
      };
    }
    const parameters = Object.fromEntries(parametersOf(stream).map((name) => [name, {}]));
    const isMany = Object.keys(parameters).length > 0;
    channels[key] = { address: address(stream), messages, ...(isMany && { parameters }) };
    operations[`send.${key}`] = { action: "send", channel: { $ref: `#/channels/${key}` } };
  }
  return {
    asyncapi: "3.0.0",
    info,
    defaultContentType: "application/json",
    ...(servers && { servers }),
    channels,
    operations,
    components: { schemas },
  };
}

const byQuery = (stream: string): string => `/events?stream=${mapText(stream, encodeURIComponent)}`;
