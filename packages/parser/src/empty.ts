const lineEnd = /[\r\n]/g;

/**
 * Gives blocks that name an event or an id but have no data an empty `data` field, so that they are
 * dispatched: a departure from the standard, for servers whose heartbeats are such blocks.
 */
export class EmptyBlocks {
  /** The start of the line at hand: as much as tells its field. */
  #head = "";
  #named = false;
  #hasData = false;
  #afterCR = false;

  /** The text with the fields put in; cut anywhere. */
  fill(text: string): string {
    let filled = "";
    let from = 0;
    lineEnd.lastIndex = 0;
    for (const { 0: end, index } of text.matchAll(lineEnd)) {
      this.#start(text, from, index);
      const secondHalf = end === "\n" && this.#afterCR && index === from && this.#head === "";
      if (!secondHalf && this.#lineEnded()) filled += `${text.slice(from, index)}data\n${end}`;
      else filled += text.slice(from, index + 1);
      this.#afterCR = end === "\r";
      from = index + 1;
    }
    if (from < text.length) this.#afterCR = false;
    this.#start(text, from, text.length);
    return filled + text.slice(from);
  }

  reset(): void {
    this.#head = "";
    this.#named = this.#hasData = this.#afterCR = false;
  }

  #start(text: string, from: number, to: number): void {
    // The longest name that matters is "event", and one character more tells that it is over.
    if (this.#head.length < 6)
      this.#head = (this.#head + text.slice(from, Math.min(to, from + 6))).slice(0, 6);
  }

  /** Whether the line that ended was the blank line of a block to fill. */
  #lineEnded(): boolean {
    const field = this.#head.split(":", 1)[0];
    const blank = this.#head === "";
    const fill = blank && this.#named && !this.#hasData;
    if (blank) this.#named = this.#hasData = false;
    else if (field === "event" || field === "id") this.#named = true;
    else if (field === "data") this.#hasData = true;
    this.#head = "";
    return fill;
  }
}
