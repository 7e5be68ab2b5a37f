import type { StreamsContract } from "../core/stream.ts";

/** Throws `TypeError` for arguments that no document can be made of, and names the fix. */
export function checkOptions(
  owner: string,
  streams: StreamsContract,
  options: object | undefined,
  names: readonly string[],
): void {
  const isContract = typeof streams === "object" && Object.values(streams ?? {}).every(isStream);
  if (!isContract) throw new TypeError(`${owner} needs a contract of defineStreams().`);
  const { info, toJsonSchema } = Object(options) as {
    info?: { title?: unknown; version?: unknown };
    toJsonSchema?: unknown;
  };
  if (typeof info?.title !== "string" || typeof info.version !== "string")
    throw new TypeError(`${owner} needs { info: { title, version } }, both of them texts.`);
  const strange = Object.keys(Object(options) as object).find((name) => !names.includes(name));
  if (strange !== undefined)
    throw new TypeError(`${owner} has no option ${strange}: it has ${names.join(", ")}.`);
  if (toJsonSchema !== undefined && typeof toJsonSchema !== "function")
    throw new TypeError("toJsonSchema must be a function.");
}

const isStream = (stream: unknown): boolean => typeof stream === "object" && stream !== null;
