import { checkConsuming, checkQueue } from "#checks";
import { knownOptions } from "../core/own.ts";
import type { ChannelFor } from "./channel.ts";
import { limits, type ChannelOptions, type Limits } from "./inbox.ts";

/** The options of a subscription. */
export interface SubscribeOptions<E> extends ChannelOptions {
  /** Ends the subscription when it aborts. */
  readonly signal?: AbortSignal | undefined;
  /** Which events to take; the others never enter the queue. It must answer at once. Default: all of the type. */
  readonly filter?: ((event: E) => boolean) | undefined;
  /** The name in status reports. Default: its event types. */
  readonly name?: string | undefined;
  /** Keeps a channel from passing for options: a channel has a `send`. */
  readonly send?: never;
}

/** The options by their names. `name` has no default here, since it depends on the event types. */
export type Known<E> = Limits & Pick<SubscribeOptions<E>, "signal" | "filter" | "name">;

const defaults: Known<never> = Object.freeze({
  ...limits,
  signal: undefined,
  filter: undefined,
  name: undefined,
});

/** Reads the options. Throws `TypeError` for what can't work, naming the option. */
export function knownOf(options: SubscribeOptions<never>): Known<never> {
  const known = knownOptions("subscribe", options, defaults);
  checkQueue(known);
  checkConsuming(known);
  return known;
}

/** Gets each event. A promise it returns is awaited before its next call. */
export type Callback<E> = (event: E) => unknown;

/** How events are taken: to iterate over, or by a callback, or into a channel. */
export type Consumption<E> =
  | [options?: SubscribeOptions<E>]
  | [consumer: Callback<E> | ChannelFor<E>, options?: SubscribeOptions<E>];

/** How a subscription has fared so far. */
export interface SubscriptionStats {
  /** Events that came for it. */
  readonly received: number;
  /** Events that its policy dropped. */
  readonly dropped: number;
  /** Untaken events: those in its queue, and the one that its consumer is processing. */
  readonly pending: number;
}
