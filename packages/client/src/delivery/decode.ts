import { checkResult } from "#checks";
import { resultOf, causedBy } from "../core/guard.ts";
import type { FeedError } from "../core/errors.ts";
import type { FeedEvent } from "../core/event.ts";
import type { ResolvedOptions } from "../core/options.ts";
import type { Decoding, SchemaIssue, StandardSchema } from "../core/schema.ts";

/**
 * Decodes an event's text to its `data`, by the decoder of its type or by the general `decode` option. Returns a
 * `FeedError` `invalid` for invalid data.
 */
export function decode(
  event: FeedEvent,
  { events, decode: decoding }: Pick<ResolvedOptions, "events" | "decode">,
): FeedEvent<unknown> | FeedError {
  const { type, data: text } = event;
  // An event type may be called `constructor`.
  const decoder = events && Object.hasOwn(events, type) ? events[type] : undefined;
  if (!decoder && (!decoding || decoding === "text")) return event;
  try {
    // A Standard Schema may itself be a function (ArkType's are).
    const data =
      decoder && !("~standard" in decoder)
        ? resultOf("its decoder", decoder, text)
        : validated(byName[decoding ?? "json"](text), decoder);
    return { ...event, data };
  } catch (cause) {
    return causedBy(cause, "invalid", "invalid", type);
  }
}

const byName: Readonly<Record<Decoding, (text: string) => unknown>> = {
  text: (text) => text,
  json: (text) => JSON.parse(text) as unknown,
  base64: (text) => Uint8Array.from(atob(text), (character) => character.charCodeAt(0)),
};

function validated(value: unknown, schema: StandardSchema<unknown> | undefined): unknown {
  if (!schema) return value;
  const result: unknown = resultOf("its schema", () => schema["~standard"].validate(value));
  checkResult(result);
  const { issues, value: valid } = result as { issues?: readonly SchemaIssue[]; value?: unknown };
  if (!issues) return valid;
  throw new Error(issues.map(textOf).join("; "));
}

/** The message of an issue, after the path to the value: `a.b: message`. */
function textOf({ message, path = [] }: SchemaIssue): string {
  const keys = path.map((step) => String(typeof step === "object" ? step.key : step));
  return keys.length > 0 ? `${keys.join(".")}: ${message}` : message;
}
