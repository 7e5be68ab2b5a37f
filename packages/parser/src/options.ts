import type { ParseError } from "./errors.ts";
import type { ServerSentEvent } from "./event.ts";

/** The options of a parser. */
export interface ParserOptions {
  /** Called for each event, as soon as its last byte is pushed. */
  readonly onEvent: (event: ServerSentEvent) => void;
  /** Called for each valid `retry` field, with the unclamped number of milliseconds. */
  readonly onRetry?: ((ms: number) => void) | undefined;
  /** Called for each comment line, with the text after its colon and one space. */
  readonly onComment?: ((text: string) => void) | undefined;
  /** Called for each block with an `id` field, with the id, before the block's event if there is one. */
  readonly onId?: ((id: string) => void) | undefined;
  /** Called once when input exceeds `maxEventBytes`. Without it `push` throws the error. */
  readonly onError?: ((error: ParseError) => void) | undefined;
  /** The last event id to start from. Default: empty. */
  readonly lastEventId?: string | undefined;
  /**
   * The maximum size of one block in bytes, an integer ≥ 1: from the previous blank line up to the line end that
   * completes the block (of a CRLF there, the CR). Default: 16 MiB.
   */
  readonly maxEventBytes?: number | undefined;
  /**
   * Delivers blocks with an event or an id but without data, with empty data. The standard does not. Default: `false`.
   */
  readonly dispatchEmpty?: boolean | undefined;
  /** As `dispatchEmpty`, for blocks of this type only. Default: none. */
  readonly emptyType?: string | undefined;
}

/** A parser: bytes in any cut to events, in order. */
export interface Parser {
  /**
   * Reads the next bytes of the stream (or text, as if it were encoded), cut anywhere, and delivers the events that
   * they complete.
   *
   * Errors: a callback that throws does not stop the rest of the chunk; `push` throws its error at the end.
   *         Input over `maxEventBytes` goes to `onError`, or is thrown without one. Earlier events were delivered, and
   *         everything after it is ignored until {@link Parser.reset}.
   */
  push(chunk: Uint8Array | string): void;
  /** Ends the stream: an unfinished event is dropped, and input is ignored until {@link Parser.reset}. */
  end(): void;
  /**
   * Prepares for another stream: everything except `lastEventId` is reset. Nothing more of the current chunk is
   * delivered.
   */
  reset(): void;
  /** The standard's last event ID string. Each block with an `id` field changes it at its blank line. */
  readonly lastEventId: string;
  /** Whether an event is unfinished: it is lost if the stream ends now. Comments do not count. */
  readonly leftover: boolean;
}

/** A parser's options with every default in place. */
export interface ResolvedOptions extends ParserOptions {
  readonly lastEventId: string;
  readonly maxEventBytes: number;
}

export const defaults: Readonly<Pick<ResolvedOptions, "lastEventId" | "maxEventBytes">> =
  Object.freeze({ lastEventId: "", maxEventBytes: 16 * 1024 * 1024 });

/**
 * The options with every default in place. Throws `TypeError` for a callback that is not a function or a limit that is
 * not a count.
 */
export function resolve(options: ParserOptions): ResolvedOptions {
  if (typeof options?.onEvent !== "function") {
    throw new TypeError("onEvent must be a function: createParser({ onEvent: (event) => … }).");
  }
  for (const name of ["onRetry", "onComment", "onId", "onError"] as const) {
    if (options[name] === undefined || typeof options[name] === "function") continue;
    throw new TypeError(`${name} must be a function or left out, not ${typeof options[name]}.`);
  }
  const { lastEventId = defaults.lastEventId, maxEventBytes = defaults.maxEventBytes } = options;
  if (!Number.isSafeInteger(maxEventBytes) || maxEventBytes < 1) {
    throw new TypeError(`maxEventBytes must be an integer ≥ 1, not ${String(maxEventBytes)}.`);
  }
  if (options.dispatchEmpty !== undefined && typeof options.dispatchEmpty !== "boolean") {
    throw new TypeError(
      `dispatchEmpty must be true or false, not ${String(options.dispatchEmpty)}.`,
    );
  }
  if (typeof lastEventId !== "string") {
    throw new TypeError(`lastEventId must be a string, not ${typeof lastEventId}.`);
  }
  return { ...options, lastEventId, maxEventBytes };
}
