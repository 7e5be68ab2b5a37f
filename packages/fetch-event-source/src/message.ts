/** One event of the stream. */
export interface EventSourceMessage {
  /** The event's own id; `""` for none. */
  id: string;
  /** The event type; `""` for one without a name. */
  event: string;
  data: string;
  /** The time to wait before a reconnect, if the server said one before this event. In ms. */
  retry?: number;
}
