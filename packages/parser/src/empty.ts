const line = /(?:(event|id|data)(?=[:\r\n]))?[^\r\n]*(\r\n?|\n)/g;

/**
 * Gives blocks that name an event or an id but have no data an empty `data` field, so that they are dispatched: a
 * departure from the standard, for servers whose heartbeats are such blocks.
 */
export class EmptyBlocks {
  #named = false;
  #hasData = false;
  #endedWithCR = false;

  /** The lines with the fields put in. */
  fill(lines: string): string {
    const splitCRLF = this.#endedWithCR && lines.startsWith("\n") ? "\n" : "";
    this.#endedWithCR = lines.endsWith("\r");
    const rest = lines.slice(splitCRLF.length);
    return (
      splitCRLF +
      rest.replace(line, (whole: string, field?: string, end?: string) => {
        if (field === "data") this.#hasData = true;
        else if (field) this.#named = true;
        if (whole !== end) return whole;
        const fill = this.#named && !this.#hasData;
        this.#named = this.#hasData = false;
        return fill ? `data\n${end}` : end;
      })
    );
  }

  reset(): void {
    this.#named = this.#hasData = this.#endedWithCR = false;
  }
}
