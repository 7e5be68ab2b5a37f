/** The connection whose consumer may stand still. */
export interface Standing {
  stoodStill(): void;
}

/** How long a consumer of a page may stand still before its connection is dropped, in ms. */
const limitMs = 5000;

/** Some browsers read on, and keep what nobody takes: a connection is dropped there where it can be asked for again. */
export class Standstill {
  /** The newest event had an id of its own. */
  exact = false;
  readonly #connection: Standing;
  readonly #method: string;
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(method: string, connection: Standing) {
    this.#method = method;
    this.#connection = connection;
  }

  /** The sender is stopped, in a page. */
  held(held: boolean): void {
    clearTimeout(this.#timer);
    if (!held || this.#method !== "GET") return;
    this.#timer = setTimeout(() => {
      if (this.exact) this.#connection.stoodStill();
    }, limitMs);
  }
}
