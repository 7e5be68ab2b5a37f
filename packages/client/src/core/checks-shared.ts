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

/* oxlint-disable typescript/no-explicit-any, typescript/no-unsafe-member-access -- a message may be anything, and what lacks a property throws */

/** True if a tab of this version posted the message (see shared/message.ts). Other code of the origin may post anything. */
export function isMessage(message: any): boolean {
  try {
    const { kind, leader, after, id, items, status } = message;
    if (kind === "state") return areTexts(leader, id) && isStatus(status);
    if (kind === "batch") return areTexts(leader, after, id) && items.every(isItem);
    return kind === "ask" || kind === "reconnect";
  } catch {
    return false;
  }
}

const areTexts = (...values: unknown[]): boolean =>
  values.every((value) => typeof value === "string");

function isStatus({ kind, ...status }: any): boolean {
  switch (kind) {
    case "connecting":
      return areTexts(status.lastEventId);
    case "still":
      return areTexts(status.phase) && typeof status.forMs === "number";
    case "open":
      return areTexts(status.info.url) && areHeaders(status.headers);
    case "waiting":
      return typeof status.delayMs === "number" && isError(status.error);
    case "closed":
      return (
        areTexts(status.reason) &&
        typeof status.facts === "object" &&
        (!status.error || isError(status.error))
      );
    default:
      return false;
  }
}

const isError = ({ code, headers }: any): boolean =>
  areTexts(code) && (headers === undefined || areHeaders(headers));

/** Throws for invalid headers. */
const areHeaders = (pairs: any): boolean => new Headers(pairs) instanceof Headers;

function isItem(item: any): boolean {
  if ("comment" in item) return areTexts(item.comment);
  if ("gap" in item) return areTexts(item.gap.reason, item.gap.lastEventId, item.id);
  return areTexts(item.type, item.data, item.lastEventId, item.id ?? "");
}
