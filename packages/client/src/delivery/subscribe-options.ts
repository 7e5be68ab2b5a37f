import { checkConsuming, checkQueue } from "#checks";
import { knownOptions } from "../core/own.ts";
import { limits, type ChannelOptions, type Limits } from "./queue.ts";

/** The options of a subscription. */
export interface SubscribeOptions<E> extends ChannelOptions {
  /** Closes the subscription when it aborts. */
  readonly signal?: AbortSignal | undefined;
  /**
   * Returns `true` for the events to take. Others never enter the queue. It must be synchronous. Default: all events of
   * the types.
   */
  readonly filter?: ((event: E) => boolean) | undefined;
  /** The name in status reports. Default: its event types. */
  readonly name?: string | undefined;
  /** Makes the types refuse a channel as options: a channel has a `send`. */
  readonly send?: never;
}

/** The options by name. `name` has no default here, since it depends on the event types. */
export type Known<E> = Limits & Pick<SubscribeOptions<E>, "signal" | "filter" | "name">;

const defaults: Known<never> = Object.freeze({
  ...limits,
  signal: undefined,
  filter: undefined,
  name: undefined,
});

/** Reads the options. Throws `TypeError` for an invalid one; the message names it. */
export function knownOf(options?: SubscribeOptions<never>): Known<never> {
  if (!options) return defaults;
  const known = knownOptions("subscribe", options, defaults);
  checkQueue(known);
  checkConsuming(known);
  return known;
}

/** Called with each event. If it returns a promise, the next call waits for it. */
export type Callback<E> = (event: E) => unknown;

/** The counters of a subscription. */
export interface SubscriptionStats {
  /** Events that arrived for it. */
  readonly received: number;
  /** Events that its policy dropped. */
  readonly dropped: number;
  /**
   * Untaken events: those in its queue, and the one that its consumer is processing. After an end by `overflow: 'error'`,
   * those that its consumer can still get.
   */
  readonly pending: number;
}
