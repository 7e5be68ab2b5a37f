/** One event of a feed. */
export interface FeedEvent<T = string, K extends string = string> {
  /** The event type; `message` when the server named none. */
  readonly type: K;
  /** The payload: text, or the result of the feed's decoder. */
  readonly data: T;
  /** The standard's last event id. It is sticky: an event without an id of its own has the previous one. */
  readonly lastEventId: string;
  /** This event's own id, present only if it had one. */
  readonly id?: string;
}

/**
 * Event types and the types of their `data`: an interface such as `{ tick: { eur: number } }`. A feed's default is text
 * for every type.
 */
export type EventMap = object;

/** Any event of a feed with the event map `M`. */
export type AnyEvent<M extends EventMap> = {
  [K in keyof M & string]: FeedEvent<M[K], K>;
}[keyof M & string];

/** The events of the types `K` in the event map `M`. */
export type EventOf<M extends EventMap, K extends keyof M & string> = {
  [T in K]: FeedEvent<M[T], T>;
}[K];
