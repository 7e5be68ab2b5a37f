import { FeedError, type FeedErrorCode } from "@steadfeed/client";
import { describe, expect, test } from "vitest";
import { endAfter, type Outcome } from "../../packages/client/src/http/policy.ts";

const failed = (code: FeedErrorCode, status?: number): Outcome => ({
  kind: "failed",
  error: new FeedError(code, `${code} ${status}`, { status }),
});

type Row = readonly [name: string, outcome: Outcome, steady: string, spec: string, never: string];

/** What happens after an attempt, by `retry` option: research/clients.md §4.5 as the design reads it. */
const table: readonly Row[] = [
  ["a clean end", { kind: "ended" }, "retry", "retry", "ended"],
  ["204", { kind: "stopped" }, "stopped", "stopped", "stopped"],
  ["given up by us", { kind: "aborted" }, "closed", "closed", "closed"],
  ["a network error", failed("network"), "retry", "retry", "failed"],
  ["a timeout", failed("timeout"), "retry", "retry", "failed"],
  ["an option function that threw", failed("callback"), "retry", "retry", "failed"],
  ["a certificate that was refused", failed("tls"), "failed", "retry", "failed"],
  ...[408, 425, 429, 500, 502, 503, 504, 506, 520, 521, 524, 527, 529, 530, 599].map(
    (status): Row => [String(status), failed("status", status), "retry", "failed", "failed"],
  ),
  ...[
    200, 201, 205, 206, 300, 304, 400, 401, 403, 404, 405, 409, 410, 412, 416, 418, 426, 501, 505,
    511, 525, 526, 600,
  ].map((status): Row => [String(status), failed("status", status), "failed", "failed", "failed"]),
  ["a wrong content type", failed("content-type", 200), "failed", "failed", "failed"],
  ["a wrong content type of a 503", failed("content-type", 503), "failed", "failed", "failed"],
  ["a redirect to nowhere", failed("redirect", 302), "failed", "failed", "failed"],
  ["an event over the limit", failed("too-large"), "failed", "failed", "failed"],
  ["a request that cannot be made", failed("request"), "failed", "failed", "failed"],
  ["a body that was used up", failed("not-resumable"), "failed", "failed", "failed"],
];

describe.each([
  ["steady", 2],
  ["spec", 3],
  ["never", 4],
] as const)("retry: %s", (mode, column) => {
  test.each(table.map((row) => [row[0], row[column], row[1]] as const))(
    "%s → %s",
    (_, expected, outcome) => {
      expect(endAfter(outcome, mode) ?? "retry").toBe(expected);
    },
  );
});
