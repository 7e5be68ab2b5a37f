import type { Dispatcher } from "undici";
import type { Connector } from "./connector.ts";
import type { DirectBody } from "./direct-body.ts";
import type { Route } from "./dispatch-flow.ts";

/** A route through a client that belongs to the feed. */
export class OwnRoute implements Route {
  readonly origin: string;
  readonly dispatcher: Dispatcher;
  readonly direct: DirectBody | undefined;
  readonly #connector: Connector;
  closed = false;

  constructor(origin: string, dispatcher: Dispatcher, connector: Connector, direct?: DirectBody) {
    this.origin = origin;
    this.dispatcher = dispatcher;
    this.direct = direct;
    this.#connector = connector;
  }

  close(): void {
    this.closed = true;
    void this.dispatcher.destroy();
    this.#connector.stop();
  }
}

/** A route through the user's own dispatcher, which the user keeps using, so nothing of it is closed here. */
export class TheirRoute implements Route {
  readonly dispatcher: Dispatcher;
  /**
   * Resolves when a request that was given up has left the dispatcher. A dispatcher cannot remove a request while it
   * connects, and each further request would need a socket of its own, in a queue that only grows.
   */
  free: Promise<void> | undefined;
  #left: (() => void) | undefined;

  constructor(dispatcher: Dispatcher) {
    this.dispatcher = dispatcher;
  }

  close(): void {
    this.free = new Promise((resolve) => (this.#left = resolve));
  }

  left(): void {
    this.free = undefined;
    this.#left?.();
  }
}
