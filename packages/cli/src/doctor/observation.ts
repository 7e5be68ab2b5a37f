/** One event, with the time since the request in milliseconds. */
export interface SeenEvent {
  readonly at: number;
  readonly type: string;
  readonly id: string | undefined;
  readonly data: string;
}

/** Bytes that arrived together, decoded. */
export interface Piece {
  readonly at: number;
  readonly bytes: number;
  /** The number of events that it completed. */
  readonly events: number;
  /** Whether it ends within an event. */
  readonly within: boolean;
}

/** A moment at which this process was late by so many milliseconds. */
export interface Stall {
  readonly at: number;
  readonly ms: number;
}

/** The record of one request. Times are milliseconds since it was sent. */
export interface Observation {
  /** Its start time, by this machine's clock. */
  readonly startedAt: number;
  /** How long it was watched. */
  readonly forMs: number;
  /** When this process itself was late, and by how much: events within a stall seem to have arrived together. */
  readonly stalls: readonly Stall[];
  readonly status: number | undefined;
  readonly headers: Headers;
  readonly headAt: number | undefined;
  /** When the first byte of the body arrived, before decompression. */
  readonly rawAt: number | undefined;
  readonly pieces: readonly Piece[];
  readonly events: readonly SeenEvent[];
  /** The times of comments. */
  readonly comments: readonly number[];
  /** The newest `retry:`, in milliseconds. */
  readonly retryMs: number | undefined;
  /** A line that is not a field of the format, if there was one. */
  readonly strange: string | undefined;
  /** Whether the text was not valid UTF-8. */
  readonly garbled: boolean;
  /** Whether an event was unfinished. */
  readonly leftover: boolean;
  /** How it ended, if it ended by itself. */
  readonly end: { readonly at: number; readonly complete: boolean } | undefined;
  /** The reason why there was no response. */
  readonly error: (Error & { code?: string }) | undefined;
  /** The beginning of a response that is not a stream. */
  readonly body: string;
  /** Of a TLS connection: the protocol of ALPN, and when the certificate expires. */
  readonly tls: { readonly protocol: string; readonly expiresAt: number | undefined } | undefined;
}

/** Whether it is an event stream by its head. */
export const isStream = ({ status, headers }: Pick<Observation, "status" | "headers">): boolean =>
  status === 200 && /^text\/event-stream\s*(;|$)/i.test(headers.get("content-type") ?? "");

/** By how much this process was late at most between two times. A timer tells of it up to 200 ms afterwards. */
export const lateMs = (stalls: readonly Stall[], from: number, to: number): number =>
  Math.max(0, ...stalls.filter(({ at }) => at >= from && at <= to + 200).map(({ ms }) => ms));
