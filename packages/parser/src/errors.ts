/** The reason why a parser stopped. */
export type ParseErrorCode = "too-large";

/**
 * The error of {@link createParser} for input that it refuses. Malformed lines are not errors, since the standard
 * ignores them.
 */
export class ParseError extends Error {
  override readonly name = "ParseError";
  /** `too-large`: more than `maxEventBytes` without the blank line that ends an event. */
  readonly code: ParseErrorCode = "too-large";
  /** The oversized part: one `line` without an end, or an `event` of several lines. */
  readonly what: "line" | "event";
  /** The exceeded limit, in bytes. */
  readonly limitBytes: number;

  constructor(what: "line" | "event", limitBytes: number) {
    super(
      `The ${what} went over ${limitBytes} bytes: raise maxEventBytes if this is an event stream.`,
    );
    this.what = what;
    this.limitBytes = limitBytes;
  }
}
