import { isOptions } from "./check.ts";
import { ServerError } from "./errors.ts";
import { jsonOf } from "./text.ts";

/** The part of a Standard Schema that is used: zod, valibot, ArkType and others have it. It must be synchronous. */
export interface StandardSchema {
  readonly "~standard": {
    readonly validate: (value: unknown) => SchemaResult | Promise<SchemaResult>;
    readonly types?: { readonly input: unknown; readonly output: unknown } | undefined;
  };
}

/** The result of a schema: valid data, or issues. */
type SchemaResult = { readonly issues?: readonly SchemaIssue[] | undefined };

/** An issue of a schema, with its path. */
interface SchemaIssue {
  readonly message: string;
  readonly path?: readonly (PropertyKey | { readonly key: PropertyKey })[] | undefined;
}

/** The events of one stream: event types → the schema of their `data`. */
export type StreamContract = Readonly<Record<string, StandardSchema>>;

/**
 * The streams of a broker by name, as `defineStreams` of `@steadfeed/contract` makes them. `room:{id}` covers every
 * stream whose name begins with `room:` and has at least one more character.
 */
export type StreamsContract = Readonly<Record<string, StreamContract>>;

/** The contract of a broker's streams: makes the text of their events, and refuses invalid ones. */
export class Contract {
  readonly #streams: StreamsContract;
  /** The keys that cover many names. */
  readonly #templates: readonly (readonly [names: RegExp, stream: StreamContract])[];
  readonly #check: boolean;

  /** Throws `TypeError` for an invalid contract. */
  constructor(streams: StreamsContract, check: boolean) {
    for (const [name, stream] of Object.entries(streams)) requireStream(`streams.${name}`, stream);
    this.#streams = streams;
    this.#templates = Object.entries(streams).flatMap(([key, stream]) =>
      isTemplate(key) ? [[namesOf(key), stream] as const] : [],
    );
    this.#check = check;
  }

  /** The streams that have one name. */
  get names(): readonly string[] {
    return Object.keys(this.#streams).filter((key) => !isTemplate(key));
  }

  has(name: string): boolean {
    return this.#stream(name) !== undefined;
  }

  /** Whether it is one of the streams that a key such as `room:{id}` covers. They need not be declared. */
  isOneOfMany(name: string): boolean {
    return !Object.hasOwn(this.#streams, name) && this.has(name);
  }

  /** Whether an event of this type belongs to one of the streams. */
  knows(type: string, streams: readonly string[]): boolean {
    return this.#schemas(type, streams).length > 0;
  }

  /**
   * The JSON of an event's data. It is checked in the form that readers get, by the schema of each stream that has the
   * type.
   *
   * Errors: {@link ServerError} `unknown-type`, `invalid`; `TypeError` for a schema that is asynchronous
   */
  textOf(
    data: unknown,
    type: string,
    streams: readonly string[] = Object.keys(this.#streams),
  ): string {
    const schemas = this.#schemas(type, streams);
    if (this.#check && schemas.length === 0) {
      const types = new Set(streams.flatMap((name) => Object.keys(this.#stream(name) ?? {})));
      throw new ServerError(
        "unknown-type",
        `${streams.join(", ")}: it has no event type ${type}, only ${[...types].join(", ")}.`,
      );
    }
    const text = orInvalid(type, () => jsonOf(data));
    if (this.#check) {
      const value: unknown = JSON.parse(text);
      for (const schema of schemas) validOf(type, schema, value);
    }
    return text;
  }

  /**
   * The data of an event as its reader gets it: the output of the first schema that the stream has for the type. Data of
   * another type, such as a broadcast for other streams, is text.
   *
   * Errors: {@link ServerError} `invalid`; `TypeError` for a schema that is asynchronous
   */
  dataOf(text: string, type: string, stream: string): unknown {
    const [schema] = this.#schemas(type, [stream]);
    if (!schema) return text;
    const value: unknown = orInvalid(type, () => JSON.parse(text));
    return this.#check ? validOf(type, schema, value) : value;
  }

  #schemas(type: string, streams: readonly string[]): StandardSchema[] {
    return streams.flatMap((name) => {
      const stream = this.#stream(name) ?? {};
      return Object.hasOwn(stream, type) ? [stream[type]!] : [];
    });
  }

  #stream(name: string): StreamContract | undefined {
    if (Object.hasOwn(this.#streams, name)) return this.#streams[name];
    return this.#templates.find(([names]) => names.test(name))?.[1];
  }
}

const isTemplate = (key: string): boolean => /\{[\w-]+\}/.test(key);

/** The names that a template covers. */
function namesOf(template: string): RegExp {
  const parts = template.split(/\{[\w-]+\}/);
  return new RegExp(`^${parts.map((part) => part.replace(/\W/g, "\\$&")).join(".+")}$`, "s");
}

/** Throws `TypeError` for an invalid contract of a stream, and names its location. */
export function requireStream(name: string, stream: unknown): void {
  const isStream = isOptions(stream) && !("~standard" in stream) && Object.keys(stream).length > 0;
  if (!isStream || !Object.values(stream).every((schema) => "~standard" in Object(schema))) {
    throw new TypeError(
      `${name} must be a stream of defineStream(): an object of schemas, by event type.`,
    );
  }
  for (const type of Object.keys(stream)) {
    if (/^$|^\*$|^steadfeed\.|[\r\n\0]/.test(type)) {
      throw new TypeError(
        `${name} has an invalid event type: ${JSON.stringify(type)}. A type has no CR, LF or NUL, is not empty or *, and does not begin with steadfeed.`,
      );
    }
  }
}

/** An error thrown by a schema makes the data invalid. */
function orInvalid<T>(type: string, work: () => T): T {
  try {
    return work();
  } catch (cause) {
    throw invalid(type, cause instanceof Error ? cause.message : String(cause), cause);
  }
}

/** The output of the schema. */
function validOf(type: string, schema: StandardSchema, value: unknown): unknown {
  const result = orInvalid(type, () => schema["~standard"].validate(value));
  if ("then" in result) {
    // Its rejection is ignored.
    result.catch(() => undefined);
    throw new TypeError(
      `The schema of ${type} returned a promise: a contract needs synchronous schemas.`,
    );
  }
  const { issues } = result;
  if (!issues) return (result as { readonly value?: unknown }).value;
  const why = issues.map(({ message, path = [] }) =>
    [pathOf(path), message].filter(Boolean).join(": "),
  );
  throw invalid(type, why.join("; "), issues);
}

const pathOf = (path: readonly (PropertyKey | { readonly key: PropertyKey })[]): string =>
  path.map((step) => String(typeof step === "object" ? step.key : step)).join(".");

const invalid = (type: string, why: string, cause: unknown): ServerError =>
  new ServerError("invalid", `The data of a ${type} event is not valid: ${why}`, { cause });
