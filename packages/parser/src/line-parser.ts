/** The callbacks of a line parser. */
export interface LineParserConfig {
  /** Called for each event. The type is left out for `message`, the id if the block has none. */
  readonly onEvent: (data: string, type?: string, id?: string) => void;
  /** Called for each block with an id, before its event. */
  readonly onId: (id: string) => void;
  readonly onRetry?: ((ms: number) => void) | undefined;
  readonly onComment?: ((text: string) => void) | undefined;
  /** Blocks with an event or an id but without data are events, with empty data. */
  readonly dispatchEmpty?: boolean | undefined;
  /** The same, for blocks of this type only. */
  readonly emptyType?: string | undefined;
}

/** A parser of lines and fields. */
export interface LineParser {
  /**
   * Before its first text, and after a `reset()`, it is fed a byte order mark alone, which it drops.
   *
   * @param bytes The same text, if it is complete lines. A parser may ignore this and the next one.
   * @param beginsBlock Whether it starts with a new block.
   */
  feed(text: string, bytes?: Uint8Array, beginsBlock?: boolean): void;
  reset(): void;
}
