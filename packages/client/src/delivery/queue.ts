/** A queue that grew beyond this many items gives the memory back. */
const kept = 1024;

/** First in, first out, each in constant time. */
export class Queue<T> {
  /** The items stand from head to tail; an empty queue starts over in the same place. */
  #items: (T | undefined)[] = [];
  #head = 0;
  #tail = 0;

  get size(): number {
    return this.#tail - this.#head;
  }

  push(item: T): void {
    this.#items[this.#tail++] = item;
  }

  peek(): T | undefined {
    return this.#items[this.#head];
  }

  /** The first item that is wanted. */
  find(wanted: (item: T) => boolean): T | undefined {
    for (let i = this.#head; i < this.#tail; i++) {
      if (wanted(this.#items[i]!)) return this.#items[i];
    }
    return undefined;
  }

  shift(): T | undefined {
    if (this.#head === this.#tail) return undefined;
    const item = this.#items[this.#head];
    this.#items[this.#head++] = undefined;
    if (this.#head === this.#tail) this.#moveTo(this.#items.length > kept ? [] : this.#items, 0);
    else if (this.#head > kept && this.#head * 2 > this.#tail) {
      this.#moveTo(this.#items.slice(this.#head, this.#tail), this.size);
    }
    return item;
  }

  /** Removes one item: the first at once, another by moving up those in front of it. */
  remove(item: T): boolean {
    if (this.#head < this.#tail && this.#items[this.#head] === item) {
      this.shift();
      return true;
    }
    const at = this.#items.indexOf(item, this.#head);
    if (at === -1) return false;
    this.#items.copyWithin(this.#head + 1, this.#head, at);
    this.shift();
    return true;
  }

  clear(): T[] {
    const items = this.#items.slice(this.#head, this.#tail) as T[];
    this.#moveTo([], 0);
    return items;
  }

  #moveTo(items: (T | undefined)[], size: number): void {
    this.#items = items;
    this.#head = 0;
    this.#tail = size;
  }
}
