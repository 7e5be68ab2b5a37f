import type { Contract, StreamContract } from "../core/contract.ts";
import type { ServerEvent } from "../core/event.ts";
import type { EventOf, InputOf, TypeOf } from "../core/typed.ts";
import type { Address, Log } from "../log/log.ts";
import type { Session } from "../session/session.ts";
import type { Guard } from "./hooks.ts";
import type { StreamNames } from "./names.ts";
import type { Roster } from "./presence.ts";
import type { Published, Publisher, PublishOptions } from "./publisher.ts";

/** The parts of a broker that a stream handle uses. */
export interface StreamParts<State> {
  readonly log: Log;
  readonly names: StreamNames;
  readonly roster: Roster<State>;
  readonly publisher: Publisher<State>;
  readonly guard: Guard<State>;
  readonly contract: Contract | undefined;
}

/** A named, ordered sequence of events: a handle, which holds nothing itself. */
export class Stream<State = unknown, E extends StreamContract = StreamContract> {
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
  publish(event: EventOf<E>, options?: PublishOptions): Promise<Published>;
  /** An event of the stream's contract: its type and its data. */
  publish<K extends TypeOf<E>>(
    type: K,
    data: InputOf<E[K]>,
    options?: PublishOptions,
  ): Promise<Published>;
  publish(...given: readonly unknown[]): Promise<Published> {
    const { contract, publisher } = this.#parts;
    const [type, data, rest] = given;
    const isTyped = contract !== undefined && typeof type === "string";
    const [event, options] = isTyped ? [{ type, data }, rest] : given;
    return publisher.toStream(this.name, event as ServerEvent, options as PublishOptions);
  }

  /** Drops its kept events. Numbering continues, and a reader that has not had them all gets a gap. */
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
