/** Why a parser stopped. */
export type ParseErrorCode = "too-large";

/** What {@link createParser} reports: bytes that it will not take. Malformed lines are not errors; the standard ignores them. */
export class ParseError extends Error {
  override readonly name = "ParseError";
  /** `too-large`: more than `maxEventBytes` without the blank line that ends an event. */
  readonly code: ParseErrorCode;
  /** What was too large: one `line` without an end, or an `event` of several lines. */
  readonly what: "line" | "event";
  /** The limit it went over, in bytes. */
  readonly limitBytes: number;

  constructor(what: "line" | "event", limitBytes: number) {
    super(
      what === "line"
        ? `A line went over ${limitBytes} bytes without an end: raise maxEventBytes, or check that this is an event stream.`
        : `An event went over ${limitBytes} bytes: raise maxEventBytes if events of that size are expected.`,
    );
    this.code = "too-large";
    this.what = what;
    this.limitBytes = limitBytes;
  }
}
