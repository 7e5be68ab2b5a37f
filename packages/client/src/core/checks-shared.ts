import { must } from "./must.ts";
import type { ResolvedOptions } from "./options.ts";

/** Throws `TypeError` for an invalid key of a `SharedFeed`. */
export function checkKey(key: unknown): void {
  const isKey = key === undefined || (typeof key === "string" && key !== "");
  must(isKey, "key must be a non-empty string.");
}

/** Throws `TypeError` for options that a `SharedFeed` cannot keep. */
export function checkSharing({ mode, method, resume }: ResolvedOptions): void {
  must(
    !resume,
    "SharedFeed has no resume, since the state of an answer is lost with its tab: use a Feed.",
  );
  const what = mode === "never" ? "retry: false" : `a ${method} without retry: { repeat: true }`;
  must(
    mode === "steady" || mode === "spec",
    `SharedFeed repeats its request when the leading tab closes, which ${what} forbids: use a Feed.`,
  );
}
