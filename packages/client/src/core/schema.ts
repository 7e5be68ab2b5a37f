/** What text becomes where no decoder of the type says otherwise. Nobody has looked at what JSON holds. */
export interface Decoded {
  readonly text: string;
  readonly json: unknown;
  readonly base64: Uint8Array;
}

/** How text becomes data where no decoder of the type says otherwise. */
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

/** `T`, for which a schema speaks first: one of ArkType's is a function too, which gives data or errors. */
type Returned<T> = [T] extends [never] ? never : T;

/** Decoders by event type: the contract of a stream, say. */
export type Decoders<M> = { readonly [K in keyof M]: Decoder<M[K]> };
