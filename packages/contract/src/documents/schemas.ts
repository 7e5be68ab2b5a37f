import type { StandardJSONSchemaV1, StandardSchemaV1 } from "@standard-schema/spec";
import type { StreamsContract } from "../core/stream.ts";

/** A JSON Schema (draft 2020-12), as a plain object. */
export type JsonSchema = Readonly<Record<string, unknown>>;

/** Describes the input of a schema as JSON Schema, for a library whose schemas cannot describe themselves. */
export type DescribeSchema = (schema: never) => object;

/** The data of one event type, with its name in the document. */
export interface DescribedEvent {
  readonly stream: string;
  readonly type: string;
  /** The reference of the schema: `#/components/schemas/…`. */
  readonly ref: string;
}

/** The facts about every event of every stream that a document needs. */
export interface Described {
  readonly events: readonly DescribedEvent[];
  /** For `components.schemas`. */
  readonly schemas: Readonly<Record<string, JsonSchema>>;
}

/**
 * The schemas of all events, each under a name of its own. The definitions inside a schema become separate schemas,
 * since `#/…` refers to the whole document once a schema is part of one.
 */
export function describe(
  streams: StreamsContract,
  toJsonSchema: DescribeSchema | undefined,
): Described {
  const schemas: Record<string, JsonSchema> = {};
  const events: DescribedEvent[] = [];
  for (const [stream, types] of Object.entries(streams)) {
    for (const [type, schema] of Object.entries(types)) {
      const name = freeName(`${stream}.${type}`, schemas);
      const whole = jsonSchemaOf(`${stream}.${type}`, schema, toJsonSchema);
      const { $schema: _, $defs, definitions, ...own } = whole;
      const local = { ...(definitions as object), ...($defs as object) } as Record<string, unknown>;
      const names = new Map<string, string>();
      // Before the definitions, so that none of them takes the name.
      schemas[name] = {};
      for (const key of Object.keys(local)) {
        const free = freeName(`${name}.${key}`, schemas);
        names.set(key, free);
        schemas[free] = {};
      }
      schemas[name] = moved(own, name, names) as JsonSchema;
      for (const [key, free] of names) schemas[free] = moved(local[key], name, names) as JsonSchema;
      events.push({ stream, type, ref: refTo(name) });
    }
  }
  return { events, schemas };
}

const refTo = (name: string): string => `#/components/schemas/${name}`;

/** A name that the two standards allow for a component and that is not taken. */
export function freeName(wanted: string, taken: object): string {
  const allowed = wanted.replace(/[^\w.-]/g, "_");
  let name = allowed;
  for (let count = 2; Object.hasOwn(taken, name); count++) name = `${allowed}_${count}`;
  return name;
}

/** The value with its local references changed to their new location. */
function moved(value: unknown, name: string, names: ReadonlyMap<string, string>): unknown {
  if (Array.isArray(value)) return value.map((each) => moved(each, name, names));
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, inner]) => [
      key,
      key === "$ref" && typeof inner === "string"
        ? movedRef(inner, name, names)
        : moved(inner, name, names),
    ]),
  );
}

function movedRef(ref: string, name: string, names: ReadonlyMap<string, string>): string {
  if (ref === "#") return refTo(name);
  const [, key = "", rest = ""] = /^#\/(?:\$defs|definitions)\/([^/]+)(.*)$/.exec(ref) ?? [];
  const target = names.get(decodeURIComponent(key).replaceAll("~1", "/").replaceAll("~0", "~"));
  if (target !== undefined) return refTo(target) + rest;
  return ref.startsWith("#/") ? refTo(name) + ref.slice(1) : ref;
}

function jsonSchemaOf(
  where: string,
  schema: StandardSchemaV1,
  toJsonSchema: DescribeSchema | undefined,
): JsonSchema {
  const standard = schema["~standard"] as StandardSchemaV1.Props &
    Partial<StandardJSONSchemaV1.Props>;
  // A schema that is only a type accepts any JSON value.
  if (standard.vendor === "steadfeed") return {};
  if (toJsonSchema) return toJsonSchema(schema as never) as JsonSchema;
  if (standard.jsonSchema) return standard.jsonSchema.input({ target: "draft-2020-12" });
  throw new TypeError(
    `The schema of ${where} (${standard.vendor}) cannot describe itself: give { toJsonSchema }, ` +
      "the function of your schema library that returns JSON Schema.",
  );
}
