/** A promise, and the functions that settle it. */
export class Deferred<T> {
  readonly promise: Promise<T>;
  settle!: (value: T) => void;
  fail!: (error: unknown) => void;

  constructor() {
    this.promise = new Promise((settle, fail) => {
      this.settle = settle;
      this.fail = fail;
    });
  }
}
