import type { Address } from "../log/log.ts";

/** In one step, so that no process sees one of them without the other. */
export const clearScript = `local id = redis.call('XADD', KEYS[1], '*', 'kind', 'clear', 'to', ARGV[1])
redis.call('HSET', KEYS[2], ARGV[1], id)
return id`;

/**
 * The cleared positions, from the hash as Redis replies it: an alternating list of fields and values, or (in its newer
 * protocol) an object.
 */
export function clearedOf(reply: unknown): Map<Address, string> {
  const pairs = Array.isArray(reply)
    ? (reply as string[]).flatMap((field, i, all) => (i % 2 ? [] : [[field, all[i + 1]!] as const]))
    : Object.entries(reply as Record<string, string>);
  return new Map(pairs as [Address, string][]);
}
