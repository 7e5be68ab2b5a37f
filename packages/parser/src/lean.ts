import { ParseError } from "./errors.ts";
import { createLineParser } from "./lines-browser.ts";
import type { Parser, ParserOptions } from "./options.ts";

/**
 * Creates the parser for browsers, which is smaller and delivers the same events. Its restrictions: it accepts no text,
 * it does not check its options, a callback that throws leaves it broken, and `maxEventBytes` counts characters, at the
 * end of each chunk.
 */
export function createParser(options: ParserOptions): Parser {
  const { onEvent, onId, onRetry, onComment, onError, dispatchEmpty, emptyType } = options;
  const { maxEventBytes = 2 ** 24 } = options;
  let { lastEventId = "" } = options;
  let decoder: TextDecoder;
  let pushing = false;
  /** Until the next reset(). */
  let ignoring = false;
  /** Set by a reset() inside a callback: the rest of the chunk is not delivered. */
  let muted: boolean;

  const unlessMuted =
    <T>(callback: ((value: T) => void) | undefined) =>
    (value: T): void => {
      if (!muted) callback?.(value);
    };
  const lines = createLineParser({
    onEvent: unlessMuted(({ event: type = "message", data, id }) =>
      onEvent(id === undefined ? { type, data, lastEventId } : { type, data, lastEventId, id }),
    ),
    onId: unlessMuted((id) => {
      lastEventId = id;
      onId?.(id);
    }),
    onRetry: unlessMuted(onRetry),
    onComment: unlessMuted(onComment),
    dispatchEmpty,
    emptyType,
  });

  function begin(): void {
    pushing = muted = false;
    // The line parser removes the mark at the start. Node's decoder would remove two of them if the first one is cut.
    decoder = new TextDecoder("utf-8", { ignoreBOM: true });
    lines.reset();
  }

  begin();
  return {
    get lastEventId() {
      return lastEventId;
    },
    get leftover() {
      return lines.leftover;
    },
    push(chunk: Uint8Array) {
      if (ignoring) return;
      pushing = true;
      const lineLength = lines.feed(decoder.decode(chunk, { stream: true }));
      const { blockLength } = lines;
      if (!muted && blockLength + lineLength > maxEventBytes) {
        const error = new ParseError(blockLength > 0 ? "event" : "line", maxEventBytes);
        begin();
        ignoring = true;
        if (!onError) throw error;
        onError(error);
      }
      pushing = false;
      if (muted) begin();
    },
    end() {
      this.reset();
      ignoring = true;
    },
    reset() {
      ignoring = false;
      if (pushing) muted = true;
      else begin();
    },
  };
}
