import type { FeedOptions } from "@steadfeed/client";
import { describe, expect, test, vi } from "vitest";
import { judge } from "../../packages/client/src/http/judge.ts";
import { retryAfterMs } from "../../packages/client/src/http/retry-after.ts";
import { resolve } from "../../packages/client/src/core/resolve.ts";

const asked = "https://a.test/events?x=1";

interface Answer {
  readonly status?: number;
  readonly headers?: Record<string, string>;
  readonly url?: string;
}

const stream = { "Content-Type": "text/event-stream" };

function judged({ status = 200, headers = {}, url = asked }: Answer, options: FeedOptions = {}) {
  const head = { status, headers: new Headers(headers), url, text: () => Promise.resolve("") };
  return judge(head, resolve(options), 3);
}

test("a response that is not a stream passes its headers on, for example a request id", async () => {
  const headers = { "Content-Type": "text/html", "X-Request-Id": "r1" };
  for (const status of [200, 302, 404, 503]) {
    const verdict = await judged({ status, headers });
    const error = verdict && "error" in verdict ? verdict.error : undefined;
    expect(error?.headers?.get("X-Request-Id")).toBe("r1");
  }
});

describe("an open stream", () => {
  test.each([
    "text/event-stream",
    "text/event-stream;charset=utf-8",
    "text/event-stream; charset=UTF-8",
    "text/event-stream ; charset=latin1",
    "Text/Event-Stream",
    "TEXT/EVENT-STREAM;CHARSET=UTF-8",
    "  text/event-stream  ",
    "text/event-stream;",
    'text/event-stream; a=b; c="d;e"',
    // Set twice, by an application and by what stands in front of it: the last one counts.
    "text/event-stream, text/event-stream",
    "text/plain;charset=utf-8, text/event-stream; charset=utf-8",
  ])("%j", async (type) => {
    expect(await judged({ headers: { "Content-Type": type } })).toBeUndefined();
  });
});

describe("not a stream, whatever the status", () => {
  test.each([
    "text/event-streamx",
    "text/event-stream-x",
    "xtext/event-stream",
    "text/event",
    "text/plain",
    "text/html; charset=text/event-stream",
    "application/json",
    "text/event-stream, text/html",
    "text / event-stream",
    "",
  ])("%j", async (type) => {
    const verdict = await judged({ headers: { "Content-Type": type } });
    expect(verdict).toMatchObject({
      kind: "failed",
      error: { code: "content-type", url: asked, status: 200, attempt: 3 },
    });
  });

  test("the error names the content type that it got, or that there was none", async () => {
    expect(await judged({ headers: { "Content-Type": "text/html" } })).toMatchObject({
      error: { message: expect.stringContaining('"text/html"') },
    });
    expect(await judged({})).toMatchObject({
      error: { code: "content-type", message: expect.stringContaining("no Content-Type") },
    });
  });
});

describe("statuses", () => {
  test("204 stops, with any headers", async () => {
    expect(await judged({ status: 204, headers: stream })).toEqual({ kind: "stopped" });
  });

  test.each([201, 202, 205, 206, 300, 304, 305, 306, 400, 401, 403, 404, 500, 503, 599])(
    "%i is not a stream, even with the right type",
    async (status) => {
      const verdict = await judged({ status, headers: stream });
      expect(verdict).toMatchObject({
        kind: "failed",
        error: { code: "status", status, url: asked, attempt: 3 },
      });
    },
  );

  test.each([
    [401, "token"],
    [405, "method"],
    [404, "not found"],
  ])("%i names a likely cause: %s", async (status, hint) => {
    expect(await judged({ status })).toMatchObject({
      error: { message: expect.stringContaining(hint) },
    });
  });

  test("the URL in the error is the one that answered, even if the platform followed redirects by itself", async () => {
    expect(await judged({ status: 500, url: "https://b.test/" })).toMatchObject({
      error: { url: "https://b.test/" },
    });
  });
});

describe("Retry-After", () => {
  const now = Date.parse("Thu, 01 Jan 2026 00:00:00 GMT");

  test.each([
    ["120", 120_000],
    [" 120 ", 120_000],
    ["0", 0],
    ["Thu, 01 Jan 2026 00:02:00 GMT", 120_000],
    ["Thursday, 01-Jan-26 00:02:00 GMT", 120_000],
    ["Wed, 31 Dec 2025 23:00:00 GMT", 0],
    ["99999999999999999999", 2 ** 31 - 1],
    ["9".repeat(400), 2 ** 31 - 1],
    ["Fri, 31 Dec 9999 23:59:59 GMT", 2 ** 31 - 1],
    ["soon", undefined],
    ["", undefined],
    ["1e3", undefined],
    [null, undefined],
  ])("%j", async (value, ms) => {
    expect(retryAfterMs(value, 2 ** 31 - 1, now)).toBe(ms);
  });

  test("belongs to the outcome of a status, and counts from now", async () => {
    vi.useFakeTimers({ now });
    const at = (value: string) => judged({ status: 503, headers: { "Retry-After": value } });
    expect(await at("5")).toMatchObject({ kind: "failed", retryAfterMs: 5000 });
    expect(await at("Thu, 01 Jan 2026 00:00:09 GMT")).toMatchObject({ retryAfterMs: 9000 });
    expect(await judged({ status: 503 })).toMatchObject({ retryAfterMs: undefined });
    vi.useRealTimers();
  });
});

describe("redirects", () => {
  test.each([300, 304, 305, 306])(
    "%i is not a redirect, with or without Location",
    async (status) => {
      expect(await judged({ status, headers: { Location: "/y" } })).toMatchObject({
        kind: "failed",
        error: { code: "status", status },
      });
    },
  );
});

describe("validate", () => {
  const html = { status: 206, headers: { "Content-Type": "text/html" } };

  test.each([
    ["true", () => true],
    ["undefined", () => undefined],
    ["a promise of true", async () => true],
    ["a promise of undefined", async () => undefined],
  ])("%s accepts any status and type", async (_, validate) => {
    expect(await judged(html, { validate })).toBeUndefined();
  });

  test("is called with the response head, before our own checks", async () => {
    const validate = vi.fn<() => boolean>(() => true);
    void judged(html, { validate });
    expect(validate).toHaveBeenCalledWith(
      expect.objectContaining({ status: 206, url: asked, headers: expect.any(Headers) as Headers }),
    );
  });

  const error = new Error("no");
  test.each([
    ["false", () => false, undefined],
    ["a promise of false", async () => false, undefined],
    [
      "a throw",
      () => {
        throw error;
      },
      error,
    ],
    ["a rejection", () => Promise.reject(error), error],
  ])("%s refuses", async (_, validate, cause) => {
    const verdict = await judged({ headers: stream }, { validate });
    expect(verdict).toMatchObject({ kind: "failed", error: { code: "status", status: 200 } });
    expect((verdict as { error: Error }).error.cause).toBe(cause);
  });

  test("a refused 503 may be retried, with its Retry-After", async () => {
    const verdict = await judged(
      { status: 503, headers: { "Retry-After": "5" } },
      { validate: () => false },
    );
    expect(verdict).toMatchObject({ error: { status: 503 }, retryAfterMs: 5000 });
  });

  test("is not called for a 204, which has no body", async () => {
    const validate = vi.fn<() => boolean>(() => true);
    expect(await judged({ status: 204 }, { validate })).toEqual({ kind: "stopped" });
    expect(validate).not.toHaveBeenCalled();
  });
});
