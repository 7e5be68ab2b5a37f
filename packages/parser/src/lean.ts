import { ParseError } from "./errors.ts";
import { createLineParser } from "./lines-browser.ts";
import type { Parser, ParserOptions } from "./options.ts";

/**
 * Creates the parser for browsers, which is smaller and delivers the same events. Its restrictions: it accepts no text,
 * it does not check its options, a callback that throws leaves it broken, and `maxEventBytes` counts characters, at the
 * end of each chunk.
 */
export function createParser(options: ParserOptions): Parser {
  const { onEvent, onId, onError, maxEventBytes = 2 ** 24 } = options;
  let { lastEventId = "" } = options;
  let decoder: TextDecoder;
  /** Until the next reset(). */
  let ignoring = false;

  const lines = createLineParser({
    ...options,
    onEvent: (data, type = "message", id) =>
      onEvent(id === undefined ? { type, data, lastEventId } : { type, data, lastEventId, id }),
    onId(id) {
      lastEventId = id;
      onId?.(id);
    },
  });

  function reset(): void {
    ignoring = false;
    // The line parser removes the mark at the start. Node's decoder would remove two of them if the first one is cut.
    decoder = new TextDecoder("utf-8", { ignoreBOM: true });
    lines.reset();
  }

  function end(): void {
    reset();
    ignoring = true;
  }

  reset();
  return {
    end,
    reset,
    get lastEventId() {
      return lastEventId;
    },
    get leftover() {
      return lines.leftover;
    },
    push(chunk: Uint8Array) {
      if (ignoring) return;
      // Keeping half a character takes longer. After ASCII there is none.
      const isWhole = chunk[chunk.length - 1]! < 128;
      if (
        lines.feed(decoder.decode(chunk, isWhole ? undefined : { stream: true })) > maxEventBytes
      ) {
        const error = new ParseError(lines.blockLength > 0 ? "event" : "line", maxEventBytes);
        end();
        if (!onError) throw error;
        onError(error);
      }
    },
  };
}
