/** One request as a transport gets it: every value is final. */
export interface TransportRequest {
  readonly url: URL;
  readonly method: string;
  readonly headers: Headers;
  readonly body: BodyInit | undefined;
  readonly credentials: RequestCredentials | undefined;
}

/** The head of an answer. */
export interface ResponseHead {
  /** The URL that answered: another than asked where the platform follows redirects by itself. */
  readonly url: string;
  readonly status: number;
  readonly headers: Headers;
}

/** Gets what comes back, in this order and synchronously: one head, bytes, one end. */
export interface Receiver {
  head(head: ResponseHead): void;
  bytes(chunk: Uint8Array): void;
  /** The body is complete, or (with an error) it is not. */
  end(error?: unknown): void;
}

/** One answer under way. */
export interface Flow {
  /** Asks for no more bytes; what is already read still comes. */
  pause(): void;
  resume(): void;
  /** Gives up, in any phase. The receiver hears nothing more. */
  abort(): void;
}

/** How bytes are fetched. */
export interface Transport {
  send(request: TransportRequest, receiver: Receiver): Flow;
  /** Lets go of all sockets. */
  close(): void;
}

/** The part of `fetch` that is used, so that any of its shape will do. */
export type FetchLike = (url: string, init: RequestInit) => Promise<Response>;

/** What Node's transport can be told. Elsewhere it has no effect. */
export interface NodeOptions {
  /** An undici dispatcher of your own, used as it is; the other options are then its business. */
  readonly dispatcher?: import("undici").Dispatcher | undefined;
  /** TLS: `ca`, `cert`, `key`, `servername`, `rejectUnauthorized`, … as `tls.connect` takes them. */
  readonly tls?: import("undici").buildConnector.BuildOptions | undefined;
  /** A proxy's URL (HTTP CONNECT), or `env` for `HTTP_PROXY`, `HTTPS_PROXY` and `NO_PROXY`. */
  readonly proxy?: string | undefined;
  /** A Unix socket to speak HTTP on. */
  readonly socketPath?: string | undefined;
  /** Whether TLS may settle on HTTP/2. Default: true. */
  readonly http2?: boolean | undefined;
}

/** What a transport is made with. */
export interface TransportOptions {
  readonly fetch: FetchLike | undefined;
  readonly node: NodeOptions | undefined;
  /** The longest TCP and TLS set-up in milliseconds, where the platform lets us say. */
  readonly connectMs: number | false;
}
