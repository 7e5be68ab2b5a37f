import type { StreamsContract } from "../core/stream.ts";
import { checkOptions } from "./options.ts";
import { parametersOf, patternOf } from "./names.ts";
import {
  describe,
  freeName,
  type Described,
  type DescribeSchema,
  type JsonSchema,
} from "./schemas.ts";

/** The options of `toOpenApi`. */
export interface OpenApiOptions {
  readonly info: {
    readonly title: string;
    readonly version: string;
    readonly [field: string]: unknown;
  };
  /**
   * The location of the streams. One path for all of them, as `byQuery('stream')` admits (`"/events"`), or a function
   * of a stream's name, as `byPath()` admits (`` (name) => `/events/${name}` ``). Default: `"/events"`.
   */
  readonly path?: string | ((stream: string) => string) | undefined;
  /** The query parameter that names the stream, if all have one path. Default: `stream`. */
  readonly streamParam?: string | undefined;
  readonly servers?: readonly object[] | undefined;
  /**
   * The authentication of readers: the content of `components.securitySchemes`, and the schemes that every stream
   * requires.
   */
  readonly securitySchemes?: Readonly<Record<string, object>> | undefined;
  readonly security?: readonly object[] | undefined;
  /** For schemas that cannot describe themselves, such as valibot's: its `toJsonSchema`. */
  readonly toJsonSchema?: DescribeSchema | undefined;
}

const optionNames = [
  "info",
  "path",
  "streamParam",
  "servers",
  "security",
  "securitySchemes",
  "toJsonSchema",
] as const satisfies readonly (keyof OpenApiOptions)[];

/** An OpenAPI 3.2 document: a plain object, to be served as JSON. */
export interface OpenApiDocument {
  readonly openapi: "3.2.0";
  readonly info: OpenApiOptions["info"];
  readonly servers?: readonly object[];
  readonly security?: readonly object[];
  readonly paths: Readonly<Record<string, object>>;
  readonly components: {
    readonly schemas: Readonly<Record<string, JsonSchema>>;
    readonly securitySchemes?: Readonly<Record<string, object>>;
  };
}

/**
 * The contract as an OpenAPI 3.2 document: each stream is a `text/event-stream` response whose `itemSchema` is one of
 * its events. The schemas describe the sent data, which is the input of the contract's schemas.
 *
 * Errors: `TypeError` for a schema that cannot describe itself, without a `toJsonSchema`
 * @see https://spec.openapis.org/oas/v3.2.0.html#sequential-media-types
 */
export function toOpenApi(streams: StreamsContract, options: OpenApiOptions): OpenApiDocument {
  checkOptions("toOpenApi", streams, options, optionNames);
  const { info, path = "/events", streamParam = "stream", servers, toJsonSchema } = options;
  const { security, securitySchemes } = options;
  if (typeof path !== "string" && typeof path !== "function")
    throw new TypeError("path must be a path or a function of a stream's name.");
  if (typeof streamParam !== "string") throw new TypeError("streamParam must be a text.");
  const ids = {};
  const described = describe(streams, toJsonSchema);
  const all = Object.keys(streams);
  const paths =
    typeof path === "string"
      ? {
          [path]: { get: operation("events", described, all, [whichStream(streamParam, all)]) },
        }
      : Object.fromEntries(
          all.map((name) => {
            const at = path(name);
            const parameters = parametersOf(at).map(inPath);
            const id = freeName(name, ids);
            Object.assign(ids, { [id]: name });
            return [at, { get: operation(id, described, [name], parameters) }];
          }),
        );
  return {
    openapi: "3.2.0",
    info,
    ...(servers && { servers }),
    ...(security && { security }),
    paths,
    components: { schemas: described.schemas, ...(securitySchemes && { securitySchemes }) },
  };
}

function operation(
  operationId: string,
  { events }: Described,
  streams: readonly string[],
  parameters: readonly object[],
): object {
  const items = events
    .filter(({ stream }) => streams.includes(stream))
    .map(({ type, ref }) => itemOf(type, ref));
  return {
    operationId,
    summary: `The events of ${streams.join(", ")}.`,
    parameters: [...parameters, lastEventId],
    responses: {
      "200": {
        description: "The events, as they happen.",
        content: {
          "text/event-stream": { itemSchema: { type: "object", oneOf: items } },
        },
      },
      "204": { description: "The stream has ended: do not reconnect." },
      "4XX": { description: "Refused, with the reason as text." },
    },
  };
}

/** One event with its fields on the wire: `data` is text that contains JSON. */
function itemOf(type: string, ref: string): object {
  const data = {
    type: "string",
    contentMediaType: "application/json",
    contentSchema: { $ref: ref },
  };
  const fields = { data, id: { type: "string" }, retry: { type: "integer", minimum: 0 } };
  // An event without a type is a message.
  return type === "message"
    ? { properties: { ...fields, event: { const: type } }, required: ["data"] }
    : { properties: { ...fields, event: { const: type } }, required: ["event", "data"] };
}

function whichStream(name: string, streams: readonly string[]): object {
  const one = streams.filter((stream) => parametersOf(stream).length === 0);
  const names = [
    ...(one.length > 0 ? [{ enum: one }] : []),
    ...streams
      .filter((stream) => !one.includes(stream))
      .map((stream) => ({ pattern: patternOf(stream) })),
  ];
  const schema = names.length === 1 ? names[0] : { anyOf: names };
  return { name, in: "query", required: true, schema: { type: "string", ...schema } };
}

const inPath = (name: string): object => ({
  name,
  in: "path",
  required: true,
  schema: { type: "string", minLength: 1 },
});

const lastEventId = {
  name: "Last-Event-ID",
  in: "header",
  description: "The id of the last received event: the response continues after it.",
  required: false,
  schema: { type: "string" },
};
