import type { StandardSchema, StreamContract, StreamsContract } from "./contract.ts";
import type { ReceivedEvent, ServerEvent } from "./event.ts";

/** The input type of a schema. */
export type InputOf<T extends StandardSchema> = NonNullable<T["~standard"]["types"]>["input"];

/** The output type of a schema. */
export type OutputOf<T extends StandardSchema> = NonNullable<T["~standard"]["types"]>["output"];

/** Whether the streams, or the types, are unknown. */
type IsOpen<T> = string extends keyof T ? true : false;

/** The names that a key of a contract covers: for `room:{id}` each that begins with `room:` and has more characters. */
export type NamesOf<K> = K extends `${infer Before}{${string}}${infer After}`
  ? `${Before}${string}${NamesOf<After>}`
  : K;

/** The stream of a contract that has this name. */
export type StreamAt<S extends StreamsContract, N extends string> = N extends keyof S
  ? S[N]
  : { [K in keyof S]: N extends NamesOf<K> ? S[K] : never }[keyof S];

/** The types of a stream that has a contract. */
export type TypeOf<E extends StreamContract> = IsOpen<E> extends true ? never : keyof E & string;

/** An event of a stream: any, or one of its contract. An event without a type is a `message`. */
export type EventOf<E extends StreamContract> =
  IsOpen<E> extends true
    ? ServerEvent | string
    : {
        [K in keyof E & string]: Omit<ServerEvent, "type" | "data"> & {
          readonly data: InputOf<E[K]>;
        } & (K extends "message" ? { readonly type?: K } : { readonly type: K });
      }[keyof E & string];

/** An event of any stream. */
export type AnyEventOf<S extends StreamsContract> =
  IsOpen<S> extends true ? ServerEvent | string : { [N in keyof S]: EventOf<S[N]> }[keyof S];

/** An event that this process reads from a stream: its data is text, or, under a contract, the output of its schema. */
export type ReceivedOf<E extends StreamContract> =
  IsOpen<E> extends true
    ? ReceivedEvent
    : {
        [K in keyof E & string]: {
          readonly type: K;
          readonly data: OutputOf<E[K]>;
          readonly lastEventId: string;
        };
      }[keyof E & string];
