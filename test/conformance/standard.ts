import type { Sink } from "./outcome.ts";

/**
 * The standard's processing model, sentence by sentence, over a stream that is already here as a whole.
 * Slow and simple on purpose: it is what a parser is measured against. It knows nothing of chunks.
 *
 * Two things are not in the standard: the last event ID buffer may start with a cursor, and comments and the
 * block's own id are reported. Returns the last event ID string.
 *
 * @see https://html.spec.whatwg.org/multipage/server-sent-events.html#event-stream-interpretation
 */
export function interpret(stream: Uint8Array, sink: Sink, resumedFrom = ""): string {
  // [spec] Streams must be decoded using the UTF-8 decode algorithm.
  // [spec] The UTF-8 decode algorithm strips one leading UTF-8 Byte Order Mark (BOM), if any.
  const text = new TextDecoder("utf-8", { fatal: false, ignoreBOM: false }).decode(stream);

  // [spec] The stream must then be parsed by reading everything line by line, with a CRLF character pair, a
  // single LF character not preceded by a CR character, and a single CR character not followed by a LF
  // character being the ways in which a line can end.
  const lines = text.split(/\r\n|\n|\r/);
  // [spec] Once the end of the file is reached, any pending data must be discarded: here the line without an
  // end, below the block without a blank line.
  lines.pop();

  // [spec] When a stream is parsed, a data buffer, an event type buffer, and a last event ID buffer must be
  // associated with it. They must be initialized to the empty string.
  let dataBuffer = "";
  let eventTypeBuffer = "";
  let lastEventIdBuffer = resumedFrom;
  let lastEventIdString = resumedFrom;
  let ownId: string | undefined;

  // [spec] Lines must be processed, in the order they are received, as follows:
  for (const line of lines) {
    if (line === "") {
      // [spec] If the line is empty (a blank line): Dispatch the event, as defined below.
      dispatchTheEvent();
    } else if (line.startsWith(":")) {
      // [spec] If the line starts with a U+003A COLON character (:): Ignore the line.
      sink.onComment(withoutLeadingSpace(line.slice(1)));
    } else if (line.includes(":")) {
      // [spec] If the line contains a U+003A COLON character (:): Collect the characters on the line before
      // the first U+003A COLON character (:), and let field be that string.
      const field = line.slice(0, line.indexOf(":"));
      // [spec] Collect the characters on the line after the first U+003A COLON character (:), and let value be
      // that string. If value starts with a U+0020 SPACE character, remove it from value.
      const value = withoutLeadingSpace(line.slice(line.indexOf(":") + 1));
      processTheField(field, value);
    } else {
      // [spec] Otherwise, the string is not empty but does not contain a U+003A COLON character (:): Process
      // the field using the whole line as the field name, and the empty string as the field value.
      processTheField(line, "");
    }
  }
  return lastEventIdString;

  function processTheField(name: string, value: string): void {
    // [spec] Field names must be compared literally, with no case folding performed.
    switch (name) {
      case "event":
        // [spec] Set the event type buffer to the field value.
        eventTypeBuffer = value;
        break;
      case "data":
        // [spec] Append the field value to the data buffer, then append a single U+000A LINE FEED (LF)
        // character to the data buffer.
        dataBuffer += value;
        dataBuffer += "\n";
        break;
      case "id":
        // [spec] If the field value does not contain U+0000 NULL, then set the last event ID buffer to the
        // field value. Otherwise, ignore the field.
        if (!value.includes("\0")) {
          lastEventIdBuffer = value;
          ownId = value;
        }
        break;
      case "retry":
        // [spec] If the field value consists of only ASCII digits, then interpret the field value as an
        // integer in base ten, and set the event stream's reconnection time to that integer. Otherwise, ignore
        // the field. (No digits are no integer.)
        if (/^[0-9]+$/.test(value)) sink.onRetry(Number(value));
        break;
      default:
      // [spec] Otherwise: The field is ignored.
    }
  }

  function dispatchTheEvent(): void {
    const id = ownId;
    ownId = undefined;
    // [spec] 1. Set the last event ID string of the event source to the value of the last event ID buffer. The
    // buffer does not get reset.
    lastEventIdString = lastEventIdBuffer;
    // [spec] 2. If the data buffer is an empty string, set the data buffer and the event type buffer to the
    // empty string and return.
    if (dataBuffer === "") {
      dataBuffer = "";
      eventTypeBuffer = "";
      return;
    }
    // [spec] 3. If the data buffer's last character is a U+000A LINE FEED (LF) character, then remove the last
    // character from the data buffer.
    if (dataBuffer.endsWith("\n")) dataBuffer = dataBuffer.slice(0, -1);
    // [spec] 4, 5. Initialize event's type attribute to "message", its data attribute to data, and its
    // lastEventId attribute to the last event ID string of the event source.
    let type = "message";
    const data = dataBuffer;
    const lastEventId = lastEventIdString;
    // [spec] 6. If the event type buffer has a value other than the empty string, change the type of the newly
    // created event to equal the value of the event type buffer.
    if (eventTypeBuffer !== "") type = eventTypeBuffer;
    // [spec] 7. Set the data buffer and the event type buffer to the empty string.
    dataBuffer = "";
    eventTypeBuffer = "";
    // [spec] 8. Queue a task which dispatches the newly created event.
    sink.onEvent(id === undefined ? { type, data, lastEventId } : { type, data, lastEventId, id });
  }
}

const withoutLeadingSpace = (text: string): string => (text.startsWith(" ") ? text.slice(1) : text);
