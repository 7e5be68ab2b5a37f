import type { Published, PublishOptions } from "./publisher.ts";
import type { ServerEvent } from "../core/event.ts";
import type { Session } from "../session/session.ts";

/** What a stream is made of. */
export interface StreamParts<State> {
  publish(event: ServerEvent | string, options?: PublishOptions): Promise<Published>;
  sessions(): ReadonlySet<Session<State>>;
  clear(): Promise<void>;
  remove(): Promise<void>;
}

/** A named, ordered sequence of events: a handle, which holds nothing itself. */
export class Stream<State = unknown> {
  readonly name: string;
  readonly #parts: StreamParts<State>;

  constructor(name: string, parts: StreamParts<State>) {
    this.name = name;
    this.#parts = parts;
  }

  /** How many sessions of this process read it. */
  get size(): number {
    return this.#parts.sessions().size;
  }

  [Symbol.iterator](): Iterator<Session<State>> {
    return this.#parts.sessions().values();
  }

  /** As `broker.publish` with this name. */
  publish(event: ServerEvent | string, options?: PublishOptions): Promise<Published> {
    return this.#parts.publish(event, options);
  }

  /** Forgets its kept events. Ids go on; a reader that has not had them all gets a gap. */
  clear(): Promise<void> {
    return this.#parts.clear();
  }

  /** Ends its sessions with reason `removed`, forgets its events, and undeclares it. */
  remove(): Promise<void> {
    return this.#parts.remove();
  }
}
