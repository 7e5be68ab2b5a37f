/**
 * One event, with the fields of the standard.
 *
 * @see https://html.spec.whatwg.org/multipage/server-sent-events.html#dispatchMessage
 */
export interface ServerSentEvent {
  /** The event type; `message` when the block named none or an empty one. */
  readonly type: string;
  /** The `data` lines, joined with LF. */
  readonly data: string;
  /** The last event id at dispatch. It is sticky: an event without an `id` field has the previous one. */
  readonly lastEventId: string;
  /** This block's own `id` field, present only if it had one. */
  readonly id?: string;
}
