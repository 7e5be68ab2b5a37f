/** Header names and values of a response. A list is for `Set-Cookie`, which cannot be one line. */
export type HeaderFields = Readonly<Record<string, string | readonly string[]>>;

/** What writes into a sink hears what becomes of it. */
export interface Writer {
  /** What was written has been taken: there is room again. */
  room(): void;
  /** The response has ended, by whichever side. Called once. */
  gone(): void;
}

/** One HTTP response, as its platform has it. A door makes one for each request; the rules are applied above it. */
export interface Sink {
  /** Answers without a stream. Ignored when the reader has left, or there is an answer already. */
  reply(status: number, headers: HeaderFields, body: string | undefined): void;
  /** Begins a stream: status and headers go out with what is written in the same turn. Called once, first. */
  head(status: number, headers: HeaderFields): void;
  /** How many bytes wait for the reader in this process. */
  readonly held: number;
  /** Takes the bytes, which must not change afterwards. `false`: taken, but no more until `room`. */
  write(bytes: Uint8Array): boolean;
  /** Ends the response after what was written. */
  end(): void;
  /** Ends the response at once, so that the reader sees that it broke off. */
  abort(): void;
  /** Names who hears. If the response has ended already, `gone` follows at once. */
  watch(writer: Writer): void;
}
