import type { AllOf } from "./own.ts";

/** The options of Node's `tls.connect`: those below, and any others. */
export interface TlsOptions {
  readonly ca?: string | Uint8Array | readonly (string | Uint8Array)[] | undefined;
  readonly cert?: string | Uint8Array | undefined;
  readonly key?: string | Uint8Array | undefined;
  readonly passphrase?: string | undefined;
  readonly servername?: string | undefined;
  /** `false` accepts any certificate, but only for this feed. Default: `true`. */
  readonly rejectUnauthorized?: boolean | undefined;
  readonly [option: string]: unknown;
}

/** The options of Node's transport. On other platforms they have no effect, and the console says so once per feed. */
export interface NodeOptions {
  /**
   * An undici dispatcher of your own, used as it is. It excludes the other options, which you then set on the
   * dispatcher.
   */
  readonly dispatcher?: { dispatch(options: never, handler: never): boolean } | undefined;
  readonly tls?: TlsOptions | undefined;
  /** A proxy's URL (HTTP CONNECT), or `env` for `HTTP_PROXY`, `HTTPS_PROXY` and `NO_PROXY`. */
  readonly proxy?: string | undefined;
  /** A Unix socket to speak HTTP on. It excludes `proxy`. */
  readonly socketPath?: string | undefined;
  /** `true` lets TLS negotiate HTTP/2. Default: `true`. */
  readonly http2?: boolean | undefined;
  /**
   * `true` reads the body of an event stream over HTTP/1.1 directly from the socket, which takes less CPU; `false` lets
   * undici parse it. The events are the same. No effect through a proxy. Default: `true`.
   */
  readonly direct?: boolean | undefined;
}

/** Every option of Node's transport by name. */
export const nodeDefaults: AllOf<NodeOptions> = Object.freeze({
  dispatcher: undefined,
  tls: undefined,
  proxy: undefined,
  socketPath: undefined,
  http2: undefined,
  direct: undefined,
});
