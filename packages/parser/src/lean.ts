import { ParseError } from "./errors.ts";
import { createLineParser } from "./lines-browser.ts";
import type { Parser, ParserOptions } from "./options.ts";

/** Chromium's chunks have up to a megabyte. To decode so much at once takes it four times as long per byte. */
const pieceBytes = 2 ** 17;

/**
 * Creates the parser for browsers, which is smaller and delivers the same events. Its restrictions: it accepts no text,
 * it does not check its options, a callback that throws leaves it broken, and `maxEventBytes` counts characters, at the
 * end of each chunk.
 */
export function createParser(options: ParserOptions): Parser {
  const { onEvent, onId, onError, maxEventBytes = 2 ** 24 } = options;
  let { lastEventId = "" } = options;
  /** None from the end to the next reset(). */
  let decoder: TextDecoder | undefined;

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
    // The line parser removes the mark at the start. Node's decoder would remove two of them if the first one is cut.
    decoder = new TextDecoder("utf-8", { ignoreBOM: true });
    lines.reset();
  }

  function end(): void {
    reset();
    decoder = undefined;
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
      const own = decoder;
      if (!own) return;
      // A reset() in a callback makes another decoder, and drops the rest of the chunk.
      for (let at = 0; own === decoder && at < chunk.length; at += pieceBytes) {
        const piece = chunk.length > pieceBytes ? chunk.subarray(at, at + pieceBytes) : chunk;
        // Keeping half a character takes longer. After ASCII there is none.
        const isWhole = piece[piece.length - 1]! < 128;
        if (lines.feed(own.decode(piece, isWhole ? undefined : { stream: true })) > maxEventBytes) {
          const error = new ParseError(lines.blockLength > 0 ? "event" : "line", maxEventBytes);
          end();
          if (!onError) throw error;
          onError(error);
        }
      }
    },
  };
}
