import { answerOf, causedBy } from "../core/answer.ts";
import type { FeedEvent } from "../core/event.ts";
import type { ResolvedOptions } from "../core/options.ts";
import type { Decoder, Decoding, SchemaResult, StandardSchema } from "../core/schema.ts";

/**
 * Decodes an event's text to its `data`, by the decoder of its type or by the general `decode` option. Throws a
 * `FeedError` `invalid` for invalid data.
 */
export function decode(
  event: FeedEvent,
  { events, decode: decoding }: Pick<ResolvedOptions, "events" | "decode">,
): FeedEvent<unknown> {
  const { type, data } = event;
  // An event type may be called `constructor`.
  const decoder = events && Object.hasOwn(events, type) ? events[type] : undefined;
  if (!decoder && (decoding ?? "text") === "text") return event;
  try {
    return { ...event, data: valueOf(decoder, decoding, data) };
  } catch (cause) {
    throw causedBy(cause, "invalid", "invalid", type);
  }
}

function valueOf(
  decoder: Decoder<unknown> | undefined,
  decoding: Decoding | undefined,
  text: string,
): unknown {
  if (decoder === undefined) return byName[decoding!](text);
  // A Standard Schema may itself be a function (ArkType's are).
  if (!("~standard" in decoder)) return answerOf("its decoder", decoder, text);
  return validated(decoder, byName[decoding ?? "json"](text));
}

const byName: Readonly<Record<Decoding, (text: string) => unknown>> = {
  text: (text) => text,
  json: (text) => JSON.parse(text) as unknown,
  base64: (text) => Uint8Array.from(atob(text), (character) => character.charCodeAt(0)),
};

function validated(schema: StandardSchema<unknown>, value: unknown): unknown {
  const standard = schema["~standard"];
  const result = answerOf("its schema", (data) => standard.validate(data), value);
  if (!isResult(result))
    throw new TypeError(`its schema returned ${typeof result}, which is not a result`);
  if (!result.issues) return result.value;
  throw new Error(result.issues.map(({ message, path }) => `${pathOf(path)}${message}`).join("; "));
}

const isResult = (result: unknown): result is SchemaResult<unknown> =>
  typeof result === "object" && result !== null;

function pathOf(
  path: readonly (PropertyKey | { readonly key: PropertyKey })[] | undefined,
): string {
  if (!path?.length) return "";
  const keys = path.map((step) => String(typeof step === "object" ? step.key : step));
  return `${keys.join(".")}: `;
}
