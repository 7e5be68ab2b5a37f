import { knownOptions } from "../core/own.ts";
import type { ChannelFor } from "./channel.ts";
import type { ChannelOptions } from "./inbox.ts";

/** The options of a subscription. */
export interface SubscribeOptions<E> extends ChannelOptions {
  /** Ends the subscription when it aborts. */
  readonly signal?: AbortSignal | undefined;
  /** Which events to take; the others never enter the queue. It must answer at once. Default: all of the type. */
  readonly filter?: ((event: E) => boolean) | undefined;
  /** What status reports call it. Default: its event types. */
  readonly name?: string | undefined;
  /** Keeps a channel from passing for options: a channel has a `send`. */
  readonly send?: never;
}

const defaults: SubscribeOptions<never> = Object.freeze({
  capacity: undefined,
  overflow: undefined,
  signal: undefined,
  filter: undefined,
  name: undefined,
});

/** The options with a known name. Throws `TypeError` for another one, and for a queue beside that of a channel. */
export function subscribeOptions<E>(
  options: SubscribeOptions<E>,
  isChannel: boolean,
): SubscribeOptions<E> {
  const given = knownOptions("subscribe", options, defaults as SubscribeOptions<E>);
  if (isChannel && (given.capacity ?? given.overflow) !== undefined) {
    throw new TypeError("capacity and overflow belong to the channel: give them to new Channel().");
  }
  return given;
}

/** Gets each event. A promise it returns is awaited before its next call. */
export type Callback<E> = (event: E) => unknown;

/** How events are taken: to iterate over, or by a callback, or into a channel. */
export type Consumption<E> =
  | [options?: SubscribeOptions<E>]
  | [consumer: Callback<E> | ChannelFor<E>, options?: SubscribeOptions<E>];
