import type { StandardSchemaV1 } from "@standard-schema/spec";

/** The events of one stream: event types → the schema of their `data`, of any Standard Schema library. */
export type StreamContract = Readonly<Record<string, StandardSchemaV1>>;

/**
 * The streams of one server: names → contracts. `room:{id}` covers each name that begins with `room:` and has more
 * characters.
 */
export type StreamsContract = Readonly<Record<string, StreamContract>>;

/** The data from a publisher, by event type: the input of each schema. */
export type InputOf<S extends StreamContract> = {
  [K in keyof S & string]: StandardSchemaV1.InferInput<S[K]>;
};

/** The data for a reader, by event type: the output of each schema. */
export type OutputOf<S extends StreamContract> = {
  [K in keyof S & string]: StandardSchemaV1.InferOutput<S[K]>;
};

/**
 * The contract of one stream, for both ends to import. A plain, frozen object: `events: prices` types and decodes
 * a feed.
 *
 * Shape:  `{ tick: schema, halted: schema }`; the keys are event types. {@link typed} stands in for a schema
 * Errors: `TypeError` for a value that is not a Standard Schema, for no events, and for a type that no event can have: `*`, one of
 *         ours (`steadfeed.…`), one that is empty or has a line break
 * @see https://standardschema.dev
 */
export function defineStream<const S extends StreamContract>(events: S): S {
  return checked(
    events,
    noType,
    isSchema,
    "a Standard Schema (zod, valibot, ArkType) or typed<T>()",
  );
}

/**
 * The contract of one server: its streams by name.
 *
 * Shape:  `{ prices, news, "room:{id}": room }`, each made by {@link defineStream}
 * Errors: `TypeError` for a stream that is not an object of schemas, for no streams, and for an empty name
 */
export function defineStreams<const S extends StreamsContract>(streams: S): S {
  return checked(streams, /^$/, isStream, "a stream of defineStream()");
}

/** The type of a value after JSON: a `Date` becomes text. */
export type JsonOf<T> = unknown extends T
  ? T
  : T extends { toJSON(): infer J }
    ? J
    : T extends object
      ? { [K in keyof T]: JsonOf<T[K]> }
      : T;

/**
 * A schema that is only a type, and accepts every value. The publisher passes a `T`, checked by the compiler only, and
 * the reader gets it after JSON.
 */
export function typed<T>(): StandardSchemaV1<T, JsonOf<T>> {
  return {
    "~standard": {
      version: 1,
      vendor: "steadfeed",
      validate: (value) => ({ value: value as JsonOf<T> }),
    },
  };
}

/** The types that no event can have. */
const noType = /^\*?$|^steadfeed\.|[\r\n\0]/;

/** An ArkType schema is a function. */
const isSchema = (part: unknown): boolean =>
  typeof (part as Partial<StandardSchemaV1> | undefined)?.["~standard"]?.validate === "function";

function isStream(part: unknown): boolean {
  const events = Object.entries(part ?? {});
  return !!events[0] && events.every(([type, schema]) => !noType.test(type) && isSchema(schema));
}

/** A frozen copy, whose names and values must all fit. */
function checked<T extends object>(
  parts: T,
  noName: RegExp,
  fits: (part: unknown) => boolean,
  what: string,
): T {
  const all = Object.entries((parts as T | undefined) ?? {});
  if (!all[0] || Array.isArray(parts))
    throw new TypeError(
      `Give an object of names, and ${what} for each, not ${parts && typeof parts}.`,
    );
  for (const [name, part] of all) {
    if (noName.test(name)) throw new TypeError(`${JSON.stringify(name)} cannot be a name here.`);
    if (!fits(part)) throw new TypeError(`${name} must be ${what}.`);
  }
  return Object.freeze({ ...parts });
}
