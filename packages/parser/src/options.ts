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
