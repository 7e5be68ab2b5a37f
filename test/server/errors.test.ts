import { ServerError } from "@steadfeed/server";
import { expect, test } from "vitest";

test("a handler can answer each error with the error's own status", () => {
  expect(new ServerError("unknown-stream", "").status).toBe(404);
  expect(new ServerError("too-many-sessions", "").status).toBe(503);
  expect(new ServerError("refused", "", { status: 418 }).status).toBe(418);
});

test("the cause of a failure is kept", () => {
  const cause = new Error("underneath");
  expect(new ServerError("failed", "above", { cause })).toMatchObject({ cause, code: "failed" });
  expect("cause" in new ServerError("closed", "")).toBe(false);
});
