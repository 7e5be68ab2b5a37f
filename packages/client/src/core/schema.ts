/** How text becomes data where no decoder of the type says otherwise. `base64` makes a `Uint8Array`. */
export type Decoding = "text" | "json" | "base64";

/** The part of a Standard Schema that is used: zod, valibot, ArkType and others have it. It must be synchronous. */
export interface StandardSchema<T> {
  readonly "~standard": {
    readonly validate: (value: unknown) => SchemaResult<T> | Promise<SchemaResult<T>>;
    readonly types?: { readonly input: unknown; readonly output: T } | undefined;
  };
}

export type SchemaResult<T> =
  | { readonly value: T; readonly issues?: undefined }
  | { readonly issues: readonly SchemaIssue[] };

export interface SchemaIssue {
  readonly message: string;
  readonly path?: readonly (PropertyKey | { readonly key: PropertyKey })[] | undefined;
}

/** Makes data of the type `T`: a schema for what `decode` made of the text (default: JSON), or a function of the text. */
export type Decoder<T> = StandardSchema<T> | ((text: string) => T);
