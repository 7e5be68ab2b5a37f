/**
 * A promise that its caller need not await. If it rejects without a handler, the error is passed to `unheard`. An
 * ordinary promise would end the process with an unhandled rejection.
 */
export class Handled<T> extends Promise<T> {
  /** The promise that `then` returns belongs to the caller, and is an ordinary one. */
  static override get [Symbol.species](): PromiseConstructor {
    return Promise;
  }

  #heard = false;

  constructor(outcome: Promise<T>, unheard: (error: unknown) => void) {
    super((resolve) => resolve(outcome));
    super.then(undefined, (error: unknown) => {
      if (!this.#heard) unheard(error);
    });
  }

  /** `await`, `catch` and `finally` call this too. */
  // oxlint-disable-next-line unicorn/no-thenable -- it is a promise.
  override then<A = T, B = never>(
    kept?: ((value: T) => A | PromiseLike<A>) | null,
    failed?: ((error: unknown) => B | PromiseLike<B>) | null,
  ): Promise<A | B> {
    this.#heard = true;
    return super.then(kept, failed);
  }
}
