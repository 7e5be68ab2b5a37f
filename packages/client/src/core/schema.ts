/**
 * The type of the data for each decoding, used for event types without a decoder. Parsed JSON is `unknown`, since
 * nothing has checked its content.
 */
export interface Decoded {
  readonly text: string;
  readonly json: unknown;
  readonly base64: Uint8Array;
}

/** How text is decoded for event types without a decoder. */
export type Decoding = keyof Decoded;

/** The part of a Standard Schema that is used: zod, valibot, ArkType and others have it. It must be synchronous. */
export interface StandardSchema<T> {
  readonly "~standard": {
    readonly validate: (value: unknown) => SchemaResult<T> | Promise<SchemaResult<T>>;
    readonly types?: { readonly input: unknown; readonly output: T } | undefined;
  };
}

/** The result of a schema: a value, or issues. */
export type SchemaResult<T> =
  | { readonly value: T; readonly issues?: undefined }
  | { readonly issues: readonly SchemaIssue[] };

/** An issue of a schema about invalid data. */
export interface SchemaIssue {
  readonly message: string;
  readonly path?: readonly (PropertyKey | { readonly key: PropertyKey })[] | undefined;
}

/** Produces data of the type `T`: a schema for the result of `decode` (default: JSON), or a function of the text. */
export type Decoder<T> = StandardSchema<T> | ((text: string) => Returned<T>);

/**
 * `T`, but with a lower priority in type inference than a schema: an ArkType schema is also a function, which returns
 * data or errors.
 */
type Returned<T> = [T] extends [never] ? never : T;

/** Decoders by event type: the contract of a stream, say. */
export type Decoders<M> = { readonly [K in keyof M]: Decoder<M[K]> };
