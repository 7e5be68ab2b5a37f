/** One event of the stream. */
export interface EventSourceMessage {
  /** The event's own id; `""` for none. */
  id: string;
  /** The event type; `""` for one without a name. */
  event: string;
  data: string;
  /** The server's latest reconnection time before this event, in ms. */
  retry?: number;
}
