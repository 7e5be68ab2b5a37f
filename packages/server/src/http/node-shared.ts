import { validateHeaderName, validateHeaderValue } from "node:http";
import type { HeaderFields } from "../core/sink.ts";
import { Chunks } from "./chunks.ts";

/** The state that all sinks of a handler share. */
export class Shared {
  /** Sockets that a stream has taken over, with the number of later requests on them. */
  readonly taken: WeakMap<object, number> = new WeakMap<object, number>();
  readonly chunks: Chunks = new Chunks();
  /** Whether silent connections are probed, since no heartbeat would notice that the peer is dead. */
  readonly probes: boolean;
  #head: HeaderFields | undefined;
  #sendable: Record<string, string | string[]> = {};

  constructor(probes = true) {
    this.probes = probes;
  }

  /** The head of a stream, checked once for consecutive sessions that have the same. Throws for one that cannot be sent. */
  sendable(head: HeaderFields): Record<string, string | string[]> {
    if (head === this.#head) return this.#sendable;
    for (const [name, value] of Object.entries(head)) {
      validateHeaderName(name);
      for (const each of [value].flat()) validateHeaderValue(name, each);
    }
    this.#head = head;
    this.#sendable = { ...head, connection: "close" };
    return this.#sendable;
  }
}
