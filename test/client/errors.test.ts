/* oxlint-disable unicorn/no-thenable -- thenables are what is tested */
import { FeedError } from "@steadfeed/client";
import { describe, expect, test } from "vitest";
import { explain } from "../../packages/client/src/http/failure.ts";

const coded = (code: string, message = code, cause?: unknown): Error =>
  Object.assign(new Error(message, { cause }), { code });

/** As undici and the platform's fetch say that something went wrong. */
const fetchFailed = (cause: unknown): TypeError => new TypeError("fetch failed", { cause });

const facts = { url: "https://a.test/", attempt: 2 };

describe("FeedError", () => {
  test("has its facts as fields, and the cause", () => {
    const cause = new Error("why");
    const error = new FeedError("status", "No.", { ...facts, status: 403, cause });
    expect(error).toBeInstanceOf(Error);
    expect(error).toMatchObject({
      name: "FeedError",
      code: "status",
      message: "No.",
      url: "https://a.test/",
      status: 403,
      attempt: 2,
      cause,
    });
  });

  test("without facts has no such fields, and no cause of undefined", () => {
    const error = new FeedError("closed", "Over.", { cause: undefined });
    expect([error.url, error.status, error.attempt]).toEqual([undefined, undefined, undefined]);
    expect(Object.hasOwn(error, "cause")).toBe(false);
  });
});

describe("the code of a transport's error", () => {
  test.each([
    "CERT_HAS_EXPIRED",
    "CERT_NOT_YET_VALID",
    "CERT_REVOKED",
    "DEPTH_ZERO_SELF_SIGNED_CERT",
    "SELF_SIGNED_CERT_IN_CHAIN",
    "UNABLE_TO_VERIFY_LEAF_SIGNATURE",
    "UNABLE_TO_GET_ISSUER_CERT_LOCALLY",
    "HOSTNAME_MISMATCH",
    "INVALID_CA",
    "INVALID_PURPOSE",
    "PATH_LENGTH_EXCEEDED",
    "ERR_TLS_CERT_ALTNAME_INVALID",
    "ERR_SSL_TLSV13_ALERT_CERTIFICATE_REQUIRED",
    "ERR_SSL_TLSV1_ALERT_UNKNOWN_CA",
    "ERR_SSL_WRONG_VERSION_NUMBER",
    "ERR_SSL_TLSV1_ALERT_PROTOCOL_VERSION",
    "ERR_SSL_UNSUPPORTED_PROTOCOL",
  ])("%s: tls, which is fatal", (code) => {
    expect(explain(fetchFailed(coded(code)), facts).code).toBe("tls");
    expect(explain(coded(code), facts).code).toBe("tls");
  });

  test.each([
    "ERR_SSL_TLSV1_ALERT_INTERNAL_ERROR",
    "ERR_SSL_DECRYPTION_FAILED_OR_BAD_RECORD_MAC",
    "ERR_TLS_HANDSHAKE_TIMEOUT",
    "EPROTO",
    "ECONNREFUSED",
    "ECONNRESET",
    "EPIPE",
    "ENOTFOUND",
    "EAI_AGAIN",
    "EHOSTUNREACH",
    "UND_ERR_SOCKET",
  ])("%s: network, which is retried", (code) => {
    expect(explain(fetchFailed(coded(code)), facts).code).toBe("network");
  });

  test.each(["ConnectTimeoutError", "HeadersTimeoutError", "BodyTimeoutError", "TimeoutError"])(
    "%s: timeout, however deeply nested",
    (name) => {
      const error = Object.assign(coded("UND_ERR_X", "took too long"), { name });
      expect(explain(error, facts).code).toBe("timeout");
      expect(explain(fetchFailed(error), facts).code).toBe("timeout");
      expect(explain(fetchFailed(new AggregateError([error])), facts).code).toBe("timeout");
    },
  );

  test("an AbortSignal.timeout() of a custom fetch is a timeout", () => {
    expect(explain(new DOMException("The operation timed out.", "TimeoutError"), facts).code).toBe(
      "timeout",
    );
  });

  test.each([
    ["a string", "broken"],
    ["null", null],
    ["nothing", undefined],
    ["an object", { code: "CERT_HAS_EXPIRED" }],
  ])("%s: network", (_, cause) => {
    expect(explain(cause, facts)).toMatchObject({ name: "FeedError", code: "network" });
  });
});

describe("the message", () => {
  const said = (cause: unknown): string => explain(cause, facts).message;

  test("is that of the cause instead of `fetch failed`", () => {
    expect(said(fetchFailed(coded("ECONNRESET", "read ECONNRESET")))).toBe(
      "The connection to https://a.test/ failed: read ECONNRESET.",
    );
  });

  test("names the code when the message does not", () => {
    expect(said(coded("ENOTFOUND", "no such host"))).toContain("no such host (ENOTFOUND)");
    expect(said(coded("ENOTFOUND", "getaddrinfo ENOTFOUND a.test"))).not.toContain("(ENOTFOUND)");
  });

  test("uses the cause of undici's own codes, which only repeat their names", () => {
    const closed = coded("UND_ERR_SOCKET", "other side closed");
    expect(said(fetchFailed(closed))).toBe(
      "The connection to https://a.test/ failed: other side closed.",
    );
    const refused = coded("UND_ERR_CONNECT", "no", coded("CERT_HAS_EXPIRED", "expired"));
    expect(explain(refused, facts)).toMatchObject({
      code: "tls",
      message: expect.stringContaining("expired (CERT_HAS_EXPIRED)") as string,
    });
  });

  test("is that of the first of several addresses that refused", () => {
    const refused = new AggregateError(
      [coded("ECONNREFUSED", "connect ECONNREFUSED ::1:80"), coded("EHOSTUNREACH")],
      "",
    );
    expect(said(fetchFailed(refused))).toBe(
      "The connection to https://a.test/ failed: connect ECONNREFUSED ::1:80.",
    );
  });

  test("skips causes without a message, at any depth", () => {
    expect(said(fetchFailed(new Error("inner", { cause: new Error("") })))).toContain(
      "failed: inner.",
    );
    expect(said(new Error("a", { cause: new Error("b", { cause: new Error("c") }) }))).toContain(
      "failed: c.",
    );
  });

  test("handles a circular chain of causes", () => {
    const error = new Error("round");
    error.cause = error;
    expect(said(error)).toContain("round");
  });

  test("comes with the URL, the attempt and the whole cause as fields", () => {
    const cause = fetchFailed(coded("ECONNRESET"));
    expect(explain(cause, facts)).toMatchObject({ ...facts, cause });
  });

  test("names only known facts", () => {
    expect(explain(new Error("broken"), {}).message).toBe(
      "The connection to the server failed: broken.",
    );
  });
});
