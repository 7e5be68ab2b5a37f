import type { Channel } from "node:diagnostics_channel";
import type { Draft, Entry } from "../log/log.ts";
import type { EndReason } from "../session/ending.ts";
import type { Session } from "../session/session.ts";
import type { Tally, Trace } from "../session/tally.ts";

type Diagnostics = typeof import("node:diagnostics_channel");

/** Publishes what a broker does on the channels `steadfeed:server:*`, on platforms that have diagnostics channels. */
export function publishOnChannels({ tally }: { readonly tally: Tally }): void {
  const { process } = globalThis as {
    process?: { getBuiltinModule?: (name: string) => Diagnostics | undefined };
  };
  const diagnostics = process?.getBuiltinModule?.("node:diagnostics_channel");
  if (diagnostics) tally.trace ??= new Channels(diagnostics);
}

/** One check for each message, and its payload only if somebody listens: no headers, no tokens, no data, no ids of events. */
class Channels implements Trace {
  readonly #open: Channel;
  readonly #close: Channel;
  readonly #publish: Channel;
  readonly #write: Channel;
  readonly #gap: Channel;
  /** When the sessions that were published began. */
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
