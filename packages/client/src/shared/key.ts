import { checkKey } from "#checks";
import { say } from "#words";
import type { FeedOptions } from "../core/options.ts";
import { toUrl, type UrlSource } from "../http/request.ts";
import { ownOptions } from "../core/own.ts";
import { defaults } from "../core/resolve.ts";
import { protocol } from "./message.ts";

/* oxlint-disable no-unused-vars -- the named options are left out */
/** The options for the feed that is shared: all but those that each tab applies by itself. */
export function leadingOptions({
  events,
  decode,
  lastEventId,
  store,
  signal,
  node,
  resume,
  lingerMs,
  hidden,
  ref,
  ...leading
}: FeedOptions<never>): FeedOptions {
  return leading;
}
/* oxlint-enable no-unused-vars */

/**
 * Identifies a feed as text: tabs share it if their texts are equal.
 *
 * Errors: throws `TypeError` for a value that can't be compared between tabs, such as a function, without a key
 */
export function identify(url: UrlSource, options: FeedOptions<never>, key?: string): string {
  checkKey(key);
  const parts = Object.entries({ url, ...leadingOptions(options) });
  return JSON.stringify([key, parts.map(([name, value]) => [name, comparable(name, value, key)])]);
}

/** A value in a form that can be compared between tabs as JSON. For one that has none, the key is compared instead. */
function comparable(name: string, value: unknown, key: string | undefined): unknown {
  if (typeof value !== "function") {
    if (name === "url") return toUrl(value as string | URL).href;
    if (name === "method") return (value as string).toUpperCase();
    // Fetch's own default.
    if (name === "credentials" && value === "same-origin") return undefined;
    if (name === "headers") return [...new Headers(value as HeadersInit)];
    if (value instanceof URLSearchParams) return String(value);
    if (typeof value !== "object" || value === null) return value;
    // In `retry` and `timeouts`, an absent option is equal to its default. A body that is an object can be read only once.
    if (name !== "body")
      return Object.entries(ownOptions(value, defaults[name as "retry" | "timeouts"]));
  }
  if (key === undefined) throw new TypeError(say("shared-option", name));
  return {};
}

/**
 * The name of the lock and the channel. It is a digest, so that it reveals no token to code that lists locks, and two
 * texts never have the same name.
 */
export async function nameOf(identity: string): Promise<string> {
  const digest = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(identity));
  const hex = Array.from(new Uint8Array(digest), (byte) => byte.toString(16).padStart(2, "0"));
  return `steadfeed ${protocol} ${hex.join("")}`;
}
