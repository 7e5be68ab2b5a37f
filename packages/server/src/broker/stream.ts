import type { ServerEvent } from "../core/event.ts";
import type { Address, Log } from "../log/log.ts";
import type { Session } from "../session/session.ts";
import type { Guard } from "./hooks.ts";
import type { StreamNames } from "./names.ts";
import type { Roster } from "./presence.ts";
import type { Published, Publisher, PublishOptions } from "./publisher.ts";

/** The parts of a broker that a stream is a view of. */
export interface StreamParts<State> {
  readonly log: Log;
  readonly names: StreamNames;
  readonly roster: Roster<State>;
  readonly publisher: Publisher<State>;
  readonly guard: Guard<State>;
}

/** A named, ordered sequence of events: a handle, which holds nothing itself. */
export class Stream<State = unknown> {
  readonly name: string;
  readonly #address: Address;
  readonly #parts: StreamParts<State>;

  /** Made by `broker.stream()`. */
  constructor(name: string, parts: StreamParts<State>) {
    this.name = name;
    this.#address = parts.names.address(name);
    this.#parts = parts;
  }

  /** How many sessions of this process read it. */
  get size(): number {
    return this.#parts.roster.at(this.#address).size;
  }

  [Symbol.iterator](): Iterator<Session<State>> {
    return this.#parts.roster.at(this.#address).values();
  }

  /** As `broker.publish` with this name. */
  publish(event: ServerEvent | string, options?: PublishOptions): Promise<Published> {
    return this.#parts.publisher.toStream(this.name, event, options);
  }

  /** Forgets its kept events. Ids go on; a reader that has not had them all gets a gap. */
  clear(): Promise<void> {
    const { guard, log } = this.#parts;
    return guard.handled(async () => log.clear(this.#address));
  }

  /** Ends its sessions with reason `removed`, forgets its events, and undeclares it. */
  remove(): Promise<void> {
    const { guard, log, names, roster } = this.#parts;
    return guard.handled(async () => {
      names.delete(this.name);
      await roster.dismiss(this.#address, "removed");
      await log.clear(this.#address);
    });
  }
}
