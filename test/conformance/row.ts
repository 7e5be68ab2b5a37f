/** One event as the standard dispatches it. `id` is there only if the event's own block had a valid `id` field. */
export interface ExpectedEvent {
  readonly type: string;
  readonly data: string;
  readonly lastEventId: string;
  readonly id?: string;
}

export interface Expected {
  readonly events: readonly ExpectedEvent[];
  /** The last event ID string once the stream has ended. */
  readonly lastEventId: string;
  /** The reconnection times set, in order; none if left out. */
  readonly retries?: readonly number[];
  /** The text of every comment line, without the colon and one leading space; none if left out. */
  readonly comments?: readonly string[];
}

/** One stream, and what the standard makes of it: written from the text of the standard, never from a parser's answer. */
export interface Row {
  readonly name: string;
  /** The sentence that decides. */
  readonly spec: string;
  readonly bytes: Uint8Array;
  readonly expected: Expected;
  /** What the last event ID buffer starts with, when the stream continues an earlier one. */
  readonly resumedFrom?: string;
  /** Too long for every cut: cut at samples. */
  readonly large?: true;
}

/**
 * The sentences of the HTML standard, §9.2.5 (the format) and §9.2.6 (its interpretation).
 *
 * @see https://html.spec.whatwg.org/multipage/server-sent-events.html#parsing-an-event-stream
 */
export const says = {
  anyChar:
    "any-char = %x0000-0009 / %x000B-000C / %x000E-10FFFF ; a scalar value other than LF or CR",
  nameChar:
    "name-char = %x0000-0009 / %x000B-000C / %x000E-0039 / %x003B-10FFFF ; a scalar value other than LF, CR or COLON",
  decode: "Streams must be decoded using the UTF-8 decode algorithm.",
  bom: "The UTF-8 decode algorithm strips one leading UTF-8 Byte Order Mark (BOM), if any.",
  lines:
    "The stream must then be parsed by reading everything line by line, with a U+000D CARRIAGE RETURN U+000A LINE FEED (CRLF) character pair, a single U+000A LINE FEED (LF) character not preceded by a U+000D CARRIAGE RETURN (CR) character, and a single U+000D CARRIAGE RETURN (CR) character not followed by a U+000A LINE FEED (LF) character being the ways in which a line can end.",
  buffers:
    "When a stream is parsed, a data buffer, an event type buffer, and a last event ID buffer must be associated with it. They must be initialized to the empty string.",
  order: "Lines must be processed, in the order they are received.",
  blank: "If the line is empty (a blank line): Dispatch the event.",
  comment: "If the line starts with a U+003A COLON character (:): Ignore the line.",
  name: "Collect the characters on the line before the first U+003A COLON character (:), and let field be that string.",
  value:
    "Collect the characters on the line after the first U+003A COLON character (:), and let value be that string. If value starts with a U+0020 SPACE character, remove it from value.",
  noColon:
    "Otherwise, the string is not empty but does not contain a U+003A COLON character (:): Process the field using the whole line as the field name, and the empty string as the field value.",
  end: "Once the end of the file is reached, any pending data must be discarded. (If the file ends in the middle of an event, before the final empty line, the incomplete event is not dispatched.)",
  literal: "Field names must be compared literally, with no case folding performed.",
  event: 'If the field name is "event": Set the event type buffer to the field value.',
  data: 'If the field name is "data": Append the field value to the data buffer, then append a single U+000A LINE FEED (LF) character to the data buffer.',
  id: 'If the field name is "id": If the field value does not contain U+0000 NULL, then set the last event ID buffer to the field value. Otherwise, ignore the field.',
  retry:
    'If the field name is "retry": If the field value consists of only ASCII digits, then interpret the field value as an integer in base ten, and set the event stream\'s reconnection time to that integer. Otherwise, ignore the field.',
  other: "Otherwise: The field is ignored.",
  lastEventId:
    "Set the last event ID string of the event source to the value of the last event ID buffer. The buffer does not get reset, so the last event ID string of the event source remains set to this value until the next time it is set by the server.",
  noData:
    "If the data buffer is an empty string, set the data buffer and the event type buffer to the empty string and return.",
  lastLineFeed:
    "If the data buffer's last character is a U+000A LINE FEED (LF) character, then remove the last character from the data buffer.",
  message:
    'Initialize event\'s type attribute to "message", its data attribute to data, and its lastEventId attribute to the last event ID string of the event source.',
  type: "If the event type buffer has a value other than the empty string, change the type of the newly created event to equal the value of the event type buffer.",
  clear: "Set the data buffer and the event type buffer to the empty string.",
  sticky:
    'If an event doesn\'t have an "id" field, but an earlier event did set the event source\'s last event ID string, then the event\'s lastEventId field will be set to the value of whatever the last seen "id" field was.',
} as const;

/** U+FEFF as it travels: the byte order mark at the start of a stream, a character anywhere else. */
export const bom: Uint8Array = Uint8Array.of(0xef, 0xbb, 0xbf);

/** Every control character below U+0020 that ends no line, then DEL. */
export const controls: string = `${String.fromCodePoint(
  ...Array.from({ length: 32 }, (_, code) => code).filter((code) => code !== 10 && code !== 13),
)}\u007F`;

/** Numbers are bytes as they are, strings become UTF-8. */
export function bytes(
  ...parts: readonly (string | number | Uint8Array)[]
): Uint8Array<ArrayBuffer> {
  const encoder = new TextEncoder();
  const pieces = parts.map((part) =>
    typeof part === "string"
      ? encoder.encode(part)
      : typeof part === "number"
        ? Uint8Array.of(part)
        : part,
  );
  const all = new Uint8Array(pieces.reduce((length, piece) => length + piece.length, 0));
  let offset = 0;
  for (const piece of pieces) {
    all.set(piece, offset);
    offset += piece.length;
  }
  return all;
}

interface EventFields {
  readonly type?: string;
  /** The block's own id; the last event ID with it. */
  readonly id?: string;
  /** The last event ID when it comes from an earlier block. */
  readonly lastEventId?: string;
}

/** An event of type `message` without an id, where `fields` says nothing else. */
export function message(data: string, fields: EventFields = {}): ExpectedEvent {
  const { type = "message", id, lastEventId = id ?? "" } = fields;
  return { type, data, lastEventId, ...(id !== undefined && { id }) };
}

interface Rest extends Partial<Pick<Expected, "lastEventId" | "retries" | "comments">> {
  readonly resumedFrom?: string;
  readonly large?: true;
}

/**
 * One row. Where `rest` does not say how the stream leaves the last event ID, it is the last event's, or
 * where it started if there was none.
 */
export function row(
  name: string,
  spec: string,
  stream: string | Uint8Array,
  events: readonly ExpectedEvent[],
  rest: Rest = {},
): Row {
  const { resumedFrom, large, ...expected } = rest;
  const lastEventId = events.at(-1)?.lastEventId ?? resumedFrom ?? "";
  return {
    name,
    spec,
    bytes: typeof stream === "string" ? bytes(stream) : stream,
    expected: { events, lastEventId, ...expected },
    ...(resumedFrom !== undefined && { resumedFrom }),
    ...(large && { large }),
  };
}
