import type { ParseError } from "./errors.ts";
import type { ServerSentEvent } from "./event.ts";

/** The options of a parser. */
export interface ParserOptions {
  /** Called for each event, with the byte that completes it. */
  readonly onEvent: (event: ServerSentEvent) => void;
  /** Called at each valid `retry` field, with the number of milliseconds as sent: clamp it. */
  readonly onRetry?: ((ms: number) => void) | undefined;
  /** Called for each comment line, with the text after its colon and one space. */
  readonly onComment?: ((text: string) => void) | undefined;
  /** Called for each block with an `id` field, with the id, before the block's event if it makes one. */
  readonly onId?: ((id: string) => void) | undefined;
  /** Called once when input goes over `maxEventBytes`; without it `push` throws the error. */
  readonly onError?: ((error: ParseError) => void) | undefined;
  /** The last event id to start from. Default: empty. */
  readonly lastEventId?: string | undefined;
  /**
   * The most bytes of one block, an integer from 1: all after the blank line before it, up to the line
   * end that completes it (of a CRLF there, the CR). Default: 16 MiB.
   */
  readonly maxEventBytes?: number | undefined;
  /** Delivers blocks that name an event or an id but have no data, with empty data. The standard does not. Default: `false`. */
  readonly dispatchEmpty?: boolean | undefined;
  /** As `dispatchEmpty`, for blocks of this type alone. Default: none. */
  readonly emptyType?: string | undefined;
}

/** A parser: bytes in any cut to events, in order. */
export interface Parser {
  /**
   * Takes the next bytes of the stream (or text, as if it were encoded), cut anywhere, and delivers what they complete.
   *
   * Errors: a callback that throws does not stop the rest of the chunk; `push` throws its error at the end.
   *         Input over `maxEventBytes` goes to `onError`, or is thrown when there is none; what came before
   *         it was delivered, and everything after it is ignored until {@link Parser.reset}.
   */
  push(chunk: Uint8Array | string): void;
  /** The stream has ended: an unfinished event is dropped, and input is ignored until {@link Parser.reset}. */
  end(): void;
  /** Makes ready for another stream: all is forgotten but `lastEventId`. Nothing more of the current chunk is delivered. */
  reset(): void;
  /** The standard's last event ID string: moved by each block with an `id` field when its blank line comes. */
  readonly lastEventId: string;
  /** Whether bytes of an event wait for its blank line: when the stream ends now, they are lost. Comments do not count. */
  readonly leftover: boolean;
}

/** A parser's options with every default in place. */
export interface ResolvedOptions extends ParserOptions {
  readonly lastEventId: string;
  readonly maxEventBytes: number;
}

export const defaults: Readonly<Pick<ResolvedOptions, "lastEventId" | "maxEventBytes">> =
  Object.freeze({ lastEventId: "", maxEventBytes: 16 * 1024 * 1024 });

/** The options with every default in place. Throws `TypeError` for a callback that is no function or a limit that is no count. */
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
