/** One event to put on the wire. Fields that are left out are not written. */
export interface OutgoingEvent {
  /** The event type. Left out or empty: the client dispatches it as `message`. No CR, LF or NUL. */
  readonly type?: string | undefined;
  /**
   * The payload. Split into one `data:` line per line of text; CR and CRLF reach the client as LF, so
   * send JSON where line ends matter. The empty string is an event with empty data; if it is left out, the block has no
   * data and dispatches nothing (a comment, a retry or a new cursor on its own).
   */
  readonly data?: string | undefined;
  /** The event's id, the client's cursor from now on. Empty resets the cursor. No CR, LF or NUL. */
  readonly id?: string | undefined;
  /** The reconnection time for the client, in milliseconds: an integer from 0 to 2^53−1. */
  readonly retryMs?: number | undefined;
  /** Text that no client dispatches. Several lines become several comment lines. */
  readonly comment?: string | undefined;
}

const lineEnd = /\r\n|\r|\n/;
const unsafe = /[\r\n\0]/;

/**
 * Writes one event in the text format of an event stream, so that no value can forge a field or an event.
 *
 * Shape:  fields → text that ends with a blank line; encode it as UTF-8 without a BOM
 * Errors: `TypeError` for a value that is not an object of fields (text alone, a list, a promise), and naming the
 *         field: CR, LF or NUL in `type` or `id`, data that is not a string, a `retryMs` that is not an integer ≥ 0,
 *         the wire's names `event` and `retry`. Other fields are not written
 * After:  a parser that reads the text delivers the same event (line ends in `data` become LF)
 *
 * @see https://html.spec.whatwg.org/multipage/server-sent-events.html#parsing-an-event-stream
 */
export function encodeEvent(event: OutgoingEvent): string {
  if (!isEvent(event)) throw notAnEvent(event);
  // Own properties only: a changed Object.prototype must not write into every event.
  const {
    type,
    data,
    id,
    retryMs,
    comment,
    event: wire,
    retry,
  } = {
    __proto__: null,
    ...event,
  } as OutgoingEvent & { readonly event?: unknown; readonly retry?: unknown };
  if (wire !== undefined) throw new TypeError("An event has no field event: did you mean type?");
  if (retry !== undefined)
    throw new TypeError("An event has no field retry: did you mean retryMs?");
  let text = "";
  if (comment !== undefined) text += lines(": ", requireString("comment", comment));
  if (id !== undefined) text += `id: ${requireOneLine("id", id)}\n`;
  if (type !== undefined && requireOneLine("type", type) !== "") text += `event: ${type}\n`;
  if (retryMs !== undefined) text += `retry: ${requireMs(retryMs)}\n`;
  if (data !== undefined) text += lines("data: ", requireString("data", data));
  return `${text}\n`;
}

const lines = (prefix: string, text: string): string =>
  `${prefix}${lineEnd.test(text) ? text.split(lineEnd).join(`\n${prefix}`) : text}\n`;

const isEvent = (given: unknown): boolean =>
  typeof given === "object" &&
  given !== null &&
  !Array.isArray(given) &&
  typeof (given as { then?: unknown }).then !== "function";

const notAnEvent = (given: unknown): TypeError =>
  new TypeError(
    `encodeEvent takes an event, such as { data: "text" }, not ${Object.prototype.toString.call(given).slice(8, -1)}.`,
  );

function requireString(name: string, value: unknown): string {
  if (typeof value === "string") return value;
  throw new TypeError(`${name} must be a string, not ${typeof value}: JSON.stringify it first.`);
}

function requireOneLine(name: string, value: unknown): string {
  const text = requireString(name, value);
  if (!unsafe.test(text)) return text;
  throw new TypeError(
    `${name} must not contain CR, LF or NUL: ${JSON.stringify(text.slice(0, 80))}.`,
  );
}

function requireMs(value: unknown): string {
  if (Number.isSafeInteger(value) && (value as number) >= 0) return String(value);
  throw new TypeError(
    `retryMs must be an integer number of milliseconds ≥ 0, not ${String(value)}.`,
  );
}
