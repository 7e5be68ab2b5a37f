/** Checks numbers that should arrive as 1, 2, 3, …: a skipped number was lost, an old one is a repetition. */
export class Tally {
  received = 0;
  lost = 0;
  repeated = 0;
  /** The next expected number; the first one seen sets it, since a reader may join late. */
  #next = 0;

  /** Returns whether it was new. */
  count(n: number): boolean {
    if (this.#next === 0) this.#next = n;
    if (n < this.#next) {
      this.repeated++;
      return false;
    }
    this.lost += n - this.#next;
    this.#next = n + 1;
    this.received++;
    return true;
  }
}
