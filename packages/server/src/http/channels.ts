import type { Channel } from "node:diagnostics_channel";
import type { Draft, Entry } from "../log/log.ts";
import type { EndReason } from "../session/ending.ts";
import type { Session } from "../session/session.ts";
import type { Tally, Trace } from "../session/tally.ts";

type Diagnostics = typeof import("node:diagnostics_channel");

/** Publishes the steps of a broker on the channels `steadfeed:server:*`, on platforms with diagnostics channels. */
export function publishOnChannels({ tally }: { readonly tally: Tally }): void {
  const { process } = globalThis as {
    process?: { getBuiltinModule?: (name: string) => Diagnostics | undefined };
  };
  const diagnostics = process?.getBuiltinModule?.("node:diagnostics_channel");
  if (diagnostics) tally.trace ??= new Channels(diagnostics);
}

/**
 * One check for each message, and a payload only with a subscriber. It contains no headers, tokens, data or event ids.
 */
class Channels implements Trace {
  readonly #open: Channel;
  readonly #close: Channel;
  readonly #publish: Channel;
  readonly #write: Channel;
  readonly #gap: Channel;
  /** The start times of published sessions. */
  readonly #since = new WeakMap<Session, number>();

  constructor({ channel }: Diagnostics) {
    this.#open = channel("steadfeed:server:open");
    this.#close = channel("steadfeed:server:close");
    this.#publish = channel("steadfeed:server:publish");
    this.#write = channel("steadfeed:server:write");
    this.#gap = channel("steadfeed:server:gap");
  }

  opened(session: Session, resumed: boolean): void {
    if (!this.#open.hasSubscribers) return;
    this.#since.set(session, performance.now());
    this.#open.publish({ session: session.id, streams: session.streams, resumed });
  }

  ended(session: Session, reason: EndReason): void {
    if (!this.#close.hasSubscribers) return;
    const since = this.#since.get(session);
    const ms = since === undefined ? undefined : performance.now() - since;
    this.#close.publish({ session: session.id, streams: session.streams, reason, ms });
  }

  published({ to, type }: Draft): void {
    if (!this.#publish.hasSubscribers) return;
    const [kind = "all"] = to.split(":", 1);
    this.#publish.publish({ to: kind, type });
  }

  wrote(events: number, bytes: number): void {
    if (this.#write.hasSubscribers) this.#write.publish({ events, bytes });
  }

  gap({ data }: Entry): void {
    if (!this.#gap.hasSubscribers) return;
    const { reason } = JSON.parse(data) as { reason: string };
    this.#gap.publish({ reason });
  }
}
