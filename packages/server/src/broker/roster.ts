import type { Address } from "../log/log.ts";
import type { OpenSession } from "../session/open-session.ts";

/** Where events for these streams and this client are addressed. */
export const addressesOf = (streams: readonly string[], client: string | undefined): Address[] => [
  ...streams.map((name): Address => `stream:${name}`),
  ...(client === undefined ? [] : [`client:${client}` as const]),
  "all",
];

/** Which sessions stand at which address. */
export class Roster<State> {
  readonly #at = new Map<Address, Set<OpenSession<State>>>();
  readonly #none: ReadonlySet<OpenSession<State>> = new Set();
  readonly #changed: ((to: Address, sessions: number) => void) | undefined;

  constructor(changed?: (to: Address, sessions: number) => void) {
    this.#changed = changed;
  }

  add(session: OpenSession<State>): void {
    for (const address of addressesOf(session.streams, session.client)) {
      const here = this.#at.get(address);
      if (here) here.add(session);
      else this.#at.set(address, new Set([session]));
      this.#changed?.(address, this.at(address).size);
    }
  }

  /** Idempotent, and only this session: another one of its client stays. */
  delete(session: OpenSession<State>): void {
    for (const address of addressesOf(session.streams, session.client)) {
      const here = this.#at.get(address);
      if (!here?.delete(session)) continue;
      if (here.size === 0) this.#at.delete(address);
      this.#changed?.(address, here.size);
    }
  }

  at(address: Address): ReadonlySet<OpenSession<State>> {
    return this.#at.get(address) ?? this.#none;
  }

  /** The names of streams with sessions. */
  streams(): Generator<string> {
    return this.#names("stream:");
  }

  /** The names of clients with sessions. */
  clients(): Generator<string> {
    return this.#names("client:");
  }

  *#names(kind: string): Generator<string> {
    for (const address of this.#at.keys()) {
      if (address.startsWith(kind)) yield address.slice(kind.length);
    }
  }
}
