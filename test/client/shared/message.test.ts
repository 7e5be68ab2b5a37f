import { FeedError } from "@steadfeed/client";
import { expect, test } from "vitest";
import { errorOf, packed } from "../../../packages/client/src/shared/message.ts";

test("an error keeps its facts from tab to tab", () => {
  const headers = new Headers({ "X-Request-Id": "r1" });
  const facts = { url: "http://x/", status: 404, headers, body: "why", attempt: 2 };
  const error = new FeedError("status", "No.", facts);
  const sent = structuredClone(
    packed({ kind: "closed", reason: "failed", error, lastEventId: "" }),
  );
  const arrived = errorOf((sent as Extract<typeof sent, { kind: "closed" }>).error!);
  expect(arrived.headers?.get("X-Request-Id")).toBe("r1");
  expect(arrived).toBeInstanceOf(FeedError);
  expect(arrived).toMatchObject({
    code: "status",
    message: "No.",
    url: "http://x/",
    status: 404,
    body: "why",
    attempt: 2,
  });
});

test("a report that is not about the connection stays in its tab", () => {
  expect(packed({ kind: "slow", subscription: "x", pending: 1 })).toBeUndefined();
  expect(packed({ kind: "idle" })).toBeUndefined();
});
