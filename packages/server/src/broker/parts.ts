import type { Contract, StreamsContract } from "../core/contract.ts";
import {
  brokerNames,
  resolveBroker,
  type BrokerSettings,
  type ResolvedBroker,
} from "../core/options.ts";
import { own } from "../core/own.ts";
import type { Log } from "../log/log.ts";
import { logOf } from "../log/memory.ts";
import { Runs } from "../run/runs.ts";
import type { Closable } from "../session/reader.ts";
import { Tally } from "../session/tally.ts";
import { Fanout } from "./fanout.ts";
import { Gate } from "./gate.ts";
import { Guard, hookNames, type Hooks } from "./hooks.ts";
import { StreamNames } from "./names.ts";
import { Presence, Roster } from "./presence.ts";
import { Publisher } from "./publisher.ts";
import { endAll, Lifetime, type CloseOptions } from "./shutdown.ts";

export interface BrokerOptions<State = unknown, S extends StreamsContract = StreamsContract>
  extends BrokerSettings<S>, Hooks<State> {
  /** The memory of the streams. Default: `memoryLog()`. */
  readonly log?: Log | undefined;
}

/** The parts of a broker, made from its options. The methods of the broker hand on to them. */
export class BrokerParts<State> {
  readonly settings: ResolvedBroker;
  readonly contract: Contract | undefined;
  readonly eventBytes: number;
  readonly tally: Tally = new Tally();
  readonly lifetime: Lifetime = new Lifetime();
  readonly readers: Set<Closable> = new Set();
  readonly names: StreamNames;
  readonly log: Log;
  readonly guard: Guard<State>;
  readonly roster: Roster<State>;
  readonly presence: Presence;
  readonly gate: Gate<State>;
  readonly publisher: Publisher<State>;
  readonly runs: Runs;
  readonly #unwatch: readonly ((() => void) | undefined)[];

  /** Throws `TypeError` for an invalid option. */
  // oxlint-disable-next-line typescript/no-explicit-any -- the parts do not depend on the types of the streams
  constructor(options: BrokerOptions<State, any>) {
    const given = own("Broker", options, ["log", ...hookNames, ...brokerNames]);
    this.settings = resolveBroker(given);
    this.contract = this.settings.contract;
    this.eventBytes = this.settings.limits.eventBytes;
    this.names = new StreamNames(this.settings.streams, this.contract);
    this.log = logOf(given.log);
    this.guard = new Guard(given);
    this.roster = new Roster(this.log, this.guard);
    this.presence = new Presence(this.roster, this.log.peers);
    this.gate = new Gate<State>(this);
    this.publisher = new Publisher<State>(this);
    this.runs = new Runs(this);
    const fanout = new Fanout(this.roster);
    this.#unwatch = [
      this.log.watch((address) => fanout.wake(address)),
      ...[this.roster, this.runs].map((each) => this.log.peers?.watch(each)),
    ];
  }

  /** Ends every run, reader and session, then releases the log. */
  async close(options: CloseOptions & { readonly graceMs: number }): Promise<void> {
    await this.runs.close(options.graceMs);
    for (const reader of this.readers) reader.close();
    const ended = endAll(this.gate.sessions(), options);
    this.guard.end();
    await ended;
    for (const unwatch of this.#unwatch) unwatch?.();
    await this.log.close?.();
  }
}
