/**
 * A promise whose failure nobody has to wait for: if none has asked for its outcome when it fails, the
 * failure goes to `unheard`, where that of any other promise would end the process.
 */
export class Answer<T> extends Promise<T> {
  /** What follows from it is its caller's, and a promise like any other. */
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

  /** `await`, `catch` and `finally` come by here too. */
  // oxlint-disable-next-line unicorn/no-thenable -- it is a promise.
  override then<A = T, B = never>(
    kept?: ((value: T) => A | PromiseLike<A>) | null,
    failed?: ((error: unknown) => B | PromiseLike<B>) | null,
  ): Promise<A | B> {
    this.#heard = true;
    return super.then(kept, failed);
  }
}
