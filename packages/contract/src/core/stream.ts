import type { StandardSchemaV1 } from "@standard-schema/spec";

/** The events of one stream: event types → the schema of their `data`, of any Standard Schema library. */
export type StreamContract = Readonly<Record<string, StandardSchemaV1>>;

/** The streams of one server: names → what they carry. `room:{id}` stands for each name that begins with `room:` and goes on. */
export type StreamsContract = Readonly<Record<string, StreamContract>>;

/** What a publisher gives, by event type: the input of each schema. */
export type InputOf<S extends StreamContract> = {
  [K in keyof S & string]: StandardSchemaV1.InferInput<S[K]>;
};

/** What a reader gets, by event type: the output of each schema. */
export type OutputOf<S extends StreamContract> = {
  [K in keyof S & string]: StandardSchemaV1.InferOutput<S[K]>;
};

/**
 * The contract of one stream, for both ends to import. A plain, frozen object: `events: prices` types and decodes
 * a feed.
 *
 * Shape:  `{ tick: schema, halted: schema }`; the keys are event types. {@link typed} stands in for a schema
 * Errors: `TypeError` for a value that is no Standard Schema
 * @see https://standardschema.dev
 */
export function defineStream<const S extends StreamContract>(events: S): S {
  return checked(events, "~standard", "a Standard Schema (zod, valibot, ArkType) or typed<T>()");
}

/**
 * The contract of one server: its streams by name.
 *
 * Shape:  `{ prices, news, "room:{id}": room }`, each made by {@link defineStream}
 * Errors: `TypeError` for a stream that is no object of schemas
 */
export function defineStreams<const S extends StreamsContract>(streams: S): S {
  return checked(streams, undefined, "a stream of defineStream()");
}

/** What a value is after JSON: a `Date` is text. */
export type JsonOf<T> = unknown extends T
  ? T
  : T extends { toJSON(): infer J }
    ? J
    : T extends object
      ? { [K in keyof T]: JsonOf<T[K]> }
      : T;

/**
 * A schema of nothing but a type: it accepts every value. The publisher gives a `T`, checked by the compiler alone, and the
 * reader gets what JSON makes of it.
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

/** A frozen copy, whose values are objects (a schema of ArkType's is a function) with the property. */
function checked<T extends object>(parts: T, property: "~standard" | undefined, what: string): T {
  for (const [name, part] of Object.entries(parts) as [string, object | undefined][]) {
    if (!part || (property ? !(property in Object(part)) : typeof part !== "object"))
      throw new TypeError(`${name} must be ${what}.`);
  }
  return Object.freeze({ ...parts });
}
