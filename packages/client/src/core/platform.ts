/* What fetch takes, by types that both the DOM library and Node have: with one of them, these declarations compile. */

export type HeadersInit = NonNullable<ConstructorParameters<typeof Headers>[0]>;
export type BodyInit = NonNullable<RequestInit["body"]>;
export type RequestCredentials = NonNullable<RequestInit["credentials"]>;
export type RequestRedirect = NonNullable<RequestInit["redirect"]>;
