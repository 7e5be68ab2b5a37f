import { createParser, type EventSourceParser, type ParserConfig } from "eventsource-parser";

/**
 * Creates a parser of lines and fields.
 *
 * Errors: an `Error` if an installer has replaced our version of `eventsource-parser` by another. Version 3 would
 *         deliver events without their ids
 */
export function createLineParser(config: ParserConfig): EventSourceParser {
  if (!tellsIds()) {
    throw new Error(
      "@steadfeed/parser needs eventsource-parser 4, and found an older one: npm ls eventsource-parser shows the package that requires it.",
    );
  }
  return createParser(config);
}

/** Versions before 4 do not call `onId`, or accept a function instead of the configuration. */
function tellsIds(): boolean {
  let found = false;
  try {
    createParser({ onId: () => (found = true) }).feed("id\n\n");
  } catch {
    return false;
  }
  return found;
}
