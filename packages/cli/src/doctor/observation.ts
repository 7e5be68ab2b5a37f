/** One event, with the time since the request in milliseconds. */
export interface SeenEvent {
  readonly at: number;
  readonly type: string;
  readonly id: string | undefined;
  readonly data: string;
}

/** Bytes that came together, decoded. */
export interface Piece {
  readonly at: number;
  readonly bytes: number;
  /** How many events it completed. */
  readonly events: number;
  /** It ends within an event. */
  readonly within: boolean;
}

/** What became of one request. Times are milliseconds since it was sent. */
export interface Observation {
  /** When it began, by this machine's clock. */
  readonly startedAt: number;
  /** How long it was looked at. */
  readonly forMs: number;
  /** The longest time that this process itself was late: what came within it seems to have come together. */
  readonly lateMs: number;
  readonly status: number | undefined;
  readonly headers: Headers;
  readonly headAt: number | undefined;
  /** When the first byte of the body came, before it was decompressed. */
  readonly rawAt: number | undefined;
  readonly pieces: readonly Piece[];
  readonly events: readonly SeenEvent[];
  /** When comments came. */
  readonly comments: readonly number[];
  /** The newest `retry:`, in milliseconds. */
  readonly retryMs: number | undefined;
  /** A line that is no field of the format, if there was one. */
  readonly strange: string | undefined;
  /** Not valid UTF-8. */
  readonly garbled: boolean;
  /** Bytes of an event wait for its blank line. */
  readonly leftover: boolean;
  /** How it ended, if it did so by itself. */
  readonly end: { readonly at: number; readonly complete: boolean } | undefined;
  /** Why there was no answer. */
  readonly error: (Error & { code?: string }) | undefined;
  /** The beginning of an answer that is no stream. */
  readonly body: string;
  /** Of a TLS connection: what ALPN settled on, and when the certificate expires. */
  readonly tls: { readonly protocol: string; readonly expiresAt: number | undefined } | undefined;
}

/** Whether it is an event stream by its head. */
export const isStream = ({ status, headers }: Pick<Observation, "status" | "headers">): boolean =>
  status === 200 && /^text\/event-stream\s*(;|$)/i.test(headers.get("content-type") ?? "");
