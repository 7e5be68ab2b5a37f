import { checkKey } from "#checks";
import { say } from "#words";
import type { FeedOptions } from "../core/options.ts";
import type { UrlSource } from "../http/request.ts";
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
 * Identifies a feed as text: tabs share it if their texts are equal. `url`: as `checkedUrl` gives it.
 *
 * Errors: throws `TypeError` for a value that can't be compared between tabs, such as a function, without a key
 */
export function identify(url: UrlSource, options: FeedOptions<never>, key?: string): string {
  checkKey(key);
  const compared = { url, ...leadingOptions(options) };
  return JSON.stringify([key, compared], (name, value: unknown) => {
    if (typeof value !== "function") {
      const limits = defaults[name as "retry" | "timeouts"];
      if (name === "method") return (value as string).toUpperCase();
      if (name === "headers") return [...new Headers(value as HeadersInit)];
      // Fetch's own default.
      if (name === "credentials" && value === "same-origin") return undefined;
      if (Object(value) !== value) return value;
      // An absent limit is equal to its default.
      if (typeof limits === "object") return ownOptions(value!, limits);
      if (value instanceof URLSearchParams) return String(value);
      // Any other body that is an object can be read only once.
      if (name !== "body") return value;
    }
    // For a value that can't be compared, the key is compared instead.
    if (key === undefined) throw new TypeError(say("shared-option", name));
    return {};
  });
}

/**
 * The name of the lock and the channel. It is a digest, so that it reveals no token to code that lists locks, and two
 * texts never have the same name.
 */
export async function nameOf(identity: string): Promise<string> {
  const digest = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(identity));
  return new Uint8Array(digest).reduce(
    (name, byte) => name + byte.toString(16).padStart(2, "0"),
    `steadfeed ${protocol} `,
  );
}
