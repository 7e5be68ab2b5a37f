import type { Address } from "../log/log.ts";
import { addressesOf } from "./presence.ts";

/** The streams of a session, and the addresses of its events. */
interface Seat {
  readonly streams: readonly string[];
  readonly places: readonly Address[];
}

/** The lists of sessions: the same ones for consecutive sessions with the same streams and client. */
export class Seats {
  #last: (Seat & { readonly client: string | undefined }) | undefined;

  of(streams: readonly string[], client: string | undefined): Seat {
    const last = this.#last;
    if (last && last.client === client && alike(last.streams, streams)) return last;
    const own = Object.freeze([...streams]);
    this.#last = { streams: own, client, places: addressesOf(own, client) };
    return this.#last;
  }
}

const alike = (one: readonly string[], other: readonly string[]): boolean =>
  one.length === other.length && one.every((name, i) => name === other[i]);
