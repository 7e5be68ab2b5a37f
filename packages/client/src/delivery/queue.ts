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

  peek(): T | undefined {
    return this.#items[this.#head];
  }

  /** The first item that is wanted. */
  find(wanted: (item: T) => boolean): T | undefined {
    for (let i = this.#head; i < this.#items.length; i++) {
      if (wanted(this.#items[i]!)) return this.#items[i];
    }
    return undefined;
  }

  shift(): T | undefined {
    const items = this.#items;
    if (this.#head === items.length) return undefined;
    const item = items[this.#head];
    items[this.#head++] = undefined;
    if (this.#head === items.length) {
      if (this.#head > kept) this.#items = [];
      else items.length = 0;
      this.#head = 0;
    } else if (this.#head > kept && this.#head * 2 > items.length) {
      this.#items = items.slice(this.#head);
      this.#head = 0;
    }
    return item;
  }

  clear(): T[] {
    const items = this.#items.slice(this.#head) as T[];
    this.#items = [];
    this.#head = 0;
    return items;
  }
}
