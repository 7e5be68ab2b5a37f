/** Header names and values of a response. A list is for `Set-Cookie`, which cannot be joined into one line. */
export type HeaderFields = Readonly<Record<string, string | readonly string[]>>;

/** Receives the events of a sink. */
export interface Writer {
  /** Written data has been taken: there is room again. */
  room(): void;
  /** The response has ended, whichever side ended it. Called once. */
  gone(): void;
}

/** One HTTP response of any platform. A handler creates one for each request; the rules are applied above it. */
export interface Sink {
  /** Answers without a stream. Ignored when the reader has left, or a response has already started. */
  reply(status: number, headers: HeaderFields, body: string | undefined): void;
  /** Begins a stream: status and headers are sent with the first write of the same turn. Called once, first. */
  head(status: number, headers: HeaderFields): void;
  /** The number of bytes that wait for the reader in this process. */
  readonly held: number;
  /** Accepts the bytes, which must not change afterwards. `false`: accepted, but no more until `room`. */
  write(bytes: Uint8Array): boolean;
  /** Ends the response after the written data. */
  end(): void;
  /** Aborts the response at once, so that the reader sees a broken connection. */
  abort(): void;
  /** Sets the listener. If the response has ended already, `gone` is called at once. */
  watch(writer: Writer): void;
}
