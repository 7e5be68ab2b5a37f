/**
 * One event as the standard dispatches it.
 *
 * @see https://html.spec.whatwg.org/multipage/server-sent-events.html#dispatchMessage
 */
export interface ServerSentEvent {
  /** The event type; `message` when the block named none or an empty one. */
  readonly type: string;
  /** The `data` lines, joined with LF. */
  readonly data: string;
  /** The last event id at dispatch: sticky, so that an event without an `id` field keeps the one before. */
  readonly lastEventId: string;
  /** This block's own `id` field, present only if it had one. */
  readonly id?: string;
}
