/** A queue that grew beyond this many items gives the memory back. */
const kept = 1024;

/** First in, first out, each in constant time. */
export class Queue<T> {
  /** The items lie from head to tail. */
  #items: (T | undefined)[] = [];
  #head = 0;

  get size(): number {
    return this.#items.length - this.#head;
  }

  push(item: T): void {
    this.#items.push(item);
  }

  /** The item that so many are in front of. */
  at(index: number): T | undefined {
    return this.#items[this.#head + index];
  }

  /** Takes an item out: the first one, or one that a few are in front of. */
  shift(index = 0): T | undefined {
    const items = this.#items;
    const item = this.at(index);
    for (let at = this.#head + index; at > this.#head; at--) items[at] = items[at - 1];
    if (this.size > 0) items[this.#head++] = undefined;
    if (this.size === 0) {
      if (this.#head > kept) this.#items = [];
      else items.length = 0;
      this.#head = 0;
    } else if (this.#head > kept && this.#head * 2 > items.length) {
      this.#items = items.slice(this.#head);
      this.#head = 0;
    }
    return item;
  }

  clear(): void {
    this.#items = [];
    this.#head = 0;
  }
}
