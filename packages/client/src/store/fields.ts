import { idle, type FeedSnapshot } from "./snapshot.ts";

/** The fields of a snapshot that change. */
export type Field = Exclude<keyof FeedSnapshot, "reconnect">;

/**
 * Makes a signal of the framework for each field of a snapshot, so that a template only depends on the fields that it
 * shows.
 */
export function eachField<S>(make: (field: Field) => S): { readonly [F in Field]: S } {
  const { reconnect: _, ...fields } = idle;
  return Object.fromEntries(Object.keys(fields).map((field) => [field, make(field as Field)])) as {
    readonly [F in Field]: S;
  };
}
