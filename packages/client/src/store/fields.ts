import { idle, type FeedSnapshot } from "./snapshot.ts";

/** The fields of a snapshot that change. */
export type Field = Exclude<keyof FeedSnapshot, "reconnect">;

/** A snapshot by its fields, each a signal of the framework, so that a template depends on what it shows alone. */
export function eachField<S>(make: (field: Field) => S): { readonly [F in Field]: S } {
  const { reconnect: _, ...fields } = idle;
  return Object.fromEntries(Object.keys(fields).map((field) => [field, make(field as Field)])) as {
    readonly [F in Field]: S;
  };
}
