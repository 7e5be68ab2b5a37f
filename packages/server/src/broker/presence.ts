import type { Address, Peers } from "../log/log.ts";

interface Here {
  at(to: Address): { readonly size: number };
  clients(): Iterable<string>;
}

/**
 * Who is connected: to this process, or with a log that several share to any of them.
 *
 * Errors: rejects with {@link ServerError} `unavailable` while such a log is away
 * After:  across processes it is of a moment ago: a change takes a tenth of a second, a process that died
 *         up to 15 s
 */
export class Presence {
  readonly #here: Here;
  readonly #peers: Peers | undefined;

  constructor(here: Here, peers: Peers | undefined) {
    this.#here = here;
    this.#peers = peers;
  }

  /** Whether a client has a session. */
  async has(client: string): Promise<boolean> {
    return (await this.#count(`client:${client}`)) > 0;
  }

  /** How many sessions there are; of one stream, if it is named. */
  count(stream?: string): Promise<number> {
    return this.#count(stream === undefined ? "all" : `stream:${stream}`);
  }

  /** The names of all clients with sessions, in no order. */
  async clients(): Promise<string[]> {
    return this.#peers ? this.#peers.clients() : [...this.#here.clients()];
  }

  async #count(to: Address): Promise<number> {
    return this.#peers ? this.#peers.count(to) : this.#here.at(to).size;
  }
}
