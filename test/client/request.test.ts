import { Feed, FeedError, type Attempt, type FeedOptions } from "@steadfeed/client";
import { afterEach, describe, expect, test, vi } from "vitest";
import { resolve } from "../../packages/client/src/core/resolve.ts";
import { toHeaderValue } from "../../packages/client/src/http/header-value.ts";
import { takeCredentials } from "../../packages/client/src/http/headers.ts";
import {
  isSendable,
  makeRequest,
  toUrl,
  value,
  type UrlSource,
} from "../../packages/client/src/http/request.ts";
import { redirected } from "../../packages/client/src/http/redirect.ts";
import type { TransportRequest } from "../../packages/client/src/http/transport.ts";
import { rejection } from "../support/collect.ts";

const url = "https://a.test/events";

function attempt(facts: Partial<Attempt> = {}): Attempt {
  const { signal } = new AbortController();
  return { number: 1, reason: "start", lastEventId: "", error: undefined, signal, ...facts };
}

async function made(options: FeedOptions = {}, facts?: Partial<Attempt>, source: UrlSource = url) {
  const about = attempt(facts);
  const to = toUrl(await value("url", source, about));
  return makeRequest(to, takeCredentials(to), resolve(options), about);
}

const headersOf = async (
  options: FeedOptions,
  facts?: Partial<Attempt>,
): Promise<Record<string, string>> => Object.fromEntries((await made(options, facts)).headers);

describe("headers", () => {
  test("ask for an event stream, and by default for nothing else", async () => {
    expect(await headersOf({})).toEqual({ accept: "text/event-stream" });
  });

  test.each(["application/json, text/event-stream", "*/*", "text/*;q=0.5, */*;q=0"])(
    "the user's Accept %j is kept, since it allows a stream",
    async (accept) => {
      expect(await headersOf({ headers: { accept } })).toEqual({ accept });
    },
  );

  test.each([
    ["an object", { "X-A": "1" }],
    ["pairs", [["X-A", "1"]] as [string, string][]],
    ["Headers", new Headers({ "X-A": "1" })],
  ])("may be %s, which is not changed", async (_, headers) => {
    const before = JSON.stringify([...new Headers(headers)]);
    expect(await headersOf({ headers, token: "t" })).toEqual({
      accept: "text/event-stream",
      authorization: "Bearer t",
      "x-a": "1",
    });
    expect(JSON.stringify([...new Headers(headers)])).toBe(before);
  });

  test("an Authorization header of yours is sent", async () => {
    expect(await headersOf({ headers: { Authorization: "Basic x" } })).toMatchObject({
      authorization: "Basic x",
    });
  });

  test("a user and a password in the URL become an Authorization header, which no transport does by itself", async () => {
    const { url: asked, headers } = await made({}, {}, "https://ann:p%C3%A4ss@a.test/events");
    expect(asked.href).toBe("https://a.test/events");
    expect(headers.get("Authorization")).toBe(
      `Basic ${Buffer.from("ann:päss").toString("base64")}`,
    );
  });

  test("a stray % in a password is a plain character, not an error", async () => {
    const { headers } = await made({}, {}, "https://ann:50%25%zz@a.test/");
    expect(headers.get("Authorization")).toMatch(/^Basic /);
  });

  test("a token overrides a user in the URL", async () => {
    const { headers } = await made({ token: "t" }, {}, "https://ann:secret@a.test/events");
    expect(headers.get("Authorization")).toBe("Bearer t");
  });

  test("method, body and credentials are passed unchanged", async () => {
    const request = await made({ method: "post", body: "b", credentials: "include" });
    expect(request).toMatchObject({ method: "POST", body: "b", credentials: "include" });
    expect(request.url.href).toBe(url);
  });
});

describe("the cursor", () => {
  test("is sent unless it is empty", async () => {
    expect(await headersOf({}, { lastEventId: "7" })).toMatchObject({ "last-event-id": "7" });
    expect(await headersOf({}, { lastEventId: "" })).not.toHaveProperty("last-event-id");
  });

  test.each(["é", "日本", "🌍", "a\tb", "\u0085", "\u00a0x\u00a0", "\ud800"])(
    "%j is sent as the bytes of UTF-8",
    async (id) => {
      const sent = (await headersOf({}, { lastEventId: id }))["last-event-id"]!;
      expect(Buffer.from(sent, "latin1")).toEqual(Buffer.from(id));
      expect(sent).toBe(toHeaderValue(id));
    },
  );

  test("is passed as text where headers encode it themselves, as on workerd: encoding twice would change the id", () => {
    vi.stubGlobal("Headers", Map);
    expect(toHeaderValue("clé")).toBe("clé");
    vi.unstubAllGlobals();
    expect(toHeaderValue("clé")).toBe("cl\u00c3\u00a9");
  });

  test("our cursor overrides one in the headers", async () => {
    expect(
      await headersOf({ headers: { "Last-Event-ID": "1" } }, { lastEventId: "7" }),
    ).toMatchObject({ "last-event-id": "7" });
  });

  test.each([
    ["", true],
    ["7", true],
    ["a b", true],
    ["a\tb", true],
    ["\u00e9", true],
    ["\u0080\u009f", true],
    ["\u2028", true],
    ["\u00a0", true],
    ["a".repeat(15 * 1024), true],
    ["a".repeat(15 * 1024 + 1), false],
    ["\u00e9".repeat(7.5 * 1024 + 1), false],
    [" a", false],
    ["a ", false],
    ["\ta", false],
    ["a\t", false],
    [" ", false],
    ["a\nb", false],
    ["a\rb", false],
    ["a\0b", false],
    ["a\u0001b", false],
    ["a\u0008b", false],
    ["a\u000bb", false],
    ["a\u001fb", false],
    ["a\u007fb", false],
  ])("isSendable(%j) is %s", (id, sendable) => {
    expect(isSendable(id)).toBe(sendable);
  });

  test("a sendable cursor is accepted as a header by the platform, and arrives unchanged", () => {
    const arrives = (id: string): boolean => {
      try {
        return new Headers({ x: toHeaderValue(id) }).get("x") === toHeaderValue(id);
      } catch {
        return false;
      }
    };
    const ids = Array.from({ length: 256 }, (_, code) => `a${String.fromCharCode(code)}`);
    expect(ids.filter((id) => isSendable(id) && !arrives(id))).toEqual([]);
    // The platform lets more control characters pass than servers do.
    expect(
      ids.filter((id) => arrives(id) && !isSendable(id)).every((id) => /\p{Cc}/u.test(id)),
    ).toBe(true);
  });
});

describe("functions", () => {
  test("are called at each attempt, with the facts of the attempt", async () => {
    const asked: string[] = [];
    const ask =
      <T>(name: string, given: T) =>
      async ({ number, reason, lastEventId }: Attempt): Promise<T> => {
        asked.push(`${name} ${number} ${reason} ${lastEventId}`);
        return given;
      };
    const options: FeedOptions = {
      method: "POST",
      headers: ask("headers", { "x-a": "1" }),
      token: ask("token", "t"),
      body: ask("body", "b"),
    };
    const request = await made(
      options,
      { number: 4, reason: "retry", lastEventId: "7" },
      ask("url", "https://b.test/"),
    );
    expect(asked).toEqual(["url", "headers", "token", "body"].map((name) => `${name} 4 retry 7`));
    expect(request).toMatchObject({ url: new URL("https://b.test/"), body: "b" });
    expect(request.headers.get("x-a")).toBe("1");
    expect(request.headers.get("Authorization")).toBe("Bearer t");
  });

  test("that return undefined count as left out", async () => {
    const none = () => undefined as never;
    expect(await headersOf({ method: "POST", headers: none, token: none, body: none })).toEqual({
      accept: "text/event-stream",
    });
  });

  test.each(["url", "headers", "token", "body"])(
    "a throw of the %s function is reported as such, since it may succeed next time",
    async (name) => {
      const cause = new Error("no network");
      for (const fails of [
        () => {
          throw cause;
        },
        () => Promise.reject(cause),
      ]) {
        const options = { method: "POST", ...(name !== "url" && { [name]: fails }) };
        const error = await rejection(made(options, { number: 3 }, name === "url" ? fails : url));
        expect(error).toMatchObject({
          name: "FeedError",
          code: "callback",
          cause,
          message: `The ${name} function threw: no network. It is called again at the next attempt.`,
        });
      }
    },
  );
});

describe("values that no request can carry", () => {
  test.each<[string, UrlSource, FeedOptions, RegExp]>([
    ["a URL", () => "not a url", {}, /Not a URL: "not a url"/],
    ["a scheme", () => "ws://a.test/", {}, /Not an HTTP URL: ws:/],
    [
      "a header",
      url,
      { headers: () => ({ "X-A": "a\nb" }) },
      /The header X-A cannot be sent: .* "\\n", at place 1/,
    ],
    [
      "a header's name",
      url,
      { headers: () => ({ "X A": "1" }) },
      /"X A" is not the name of a header/,
    ],
    ["a token", url, { token: () => "a\nb" }, /token/],
  ])("%s", async (_, source, options, message) => {
    const error = await rejection(new Feed(source, options).open());
    expect(error).toBeInstanceOf(FeedError);
    expect(error).toMatchObject({
      code: "request",
      message: expect.stringMatching(message),
      attempt: 1,
    });
  });
});

test("an error of the headers has the URL without its password", async () => {
  const feed = new Feed("https://ann:secret@a.test/", { headers: { "X A": "1" } });
  expect(await rejection(feed.open())).toMatchObject({ url: "https://a.test/" });
});

describe("a body that is a stream", () => {
  const body = (): ReadableStream =>
    new ReadableStream({ start: (controller) => controller.close() });

  test("is sent with the first request", async () => {
    const stream = body();
    expect((await made({ method: "POST", body: stream })).body).toBe(stream);
  });

  test.each<[string, Partial<Attempt>]>([
    ["a retry", { number: 2, reason: "retry" }],
    ["a reconnect of a healthy feed, which counts from 1 again", { number: 1, reason: "retry" }],
    [
      "the second try after a 401",
      { reason: "unauthorized", error: new FeedError("status", "401") },
    ],
    [
      "the second try without the cursor",
      { reason: "start", error: new FeedError("status", "410") },
    ],
  ])("is not sent with %s: it would be empty", async (_, facts) => {
    const error = await rejection(made({ method: "POST", body: body() }, facts));
    expect(error).toMatchObject({
      code: "not-resumable",
      message: expect.stringContaining("give a function"),
    });
  });

  test("is sent again when a function creates it each time", async () => {
    const request = await made({ method: "POST", body }, { number: 2, reason: "retry" });
    expect(request.body).toBeInstanceOf(ReadableStream);
  });

  test("is not sent when a function returns one that is in use", async () => {
    const stream = body();
    stream.getReader();
    expect(await rejection(made({ method: "POST", body: () => stream }))).toMatchObject({
      code: "not-resumable",
    });
  });

  test("other bodies are sent as often as needed", async () => {
    const bytes = new Uint8Array([1]);
    expect((await made({ method: "POST", body: bytes }, { number: 2, reason: "retry" })).body).toBe(
      bytes,
    );
  });
});

describe("a redirect", () => {
  const headers = (): Headers =>
    new Headers({
      Accept: "text/event-stream",
      Authorization: "Bearer t",
      "Last-Event-ID": "7",
      "X-Mine": "1",
    });

  const asked = (request: Partial<TransportRequest> = {}): TransportRequest => ({
    url: new URL("https://a.test/events?x=1"),
    method: "GET",
    headers: headers(),
    body: undefined,
    credentials: undefined,
    redirect: "follow",
    ...request,
  });

  const post = (method = "POST"): TransportRequest =>
    asked({
      method,
      body: "b",
      headers: new Headers({
        "Content-Type": "application/json",
        "Content-Language": "de",
        "X-Mine": "1",
      }),
    });

  test.each([
    ["https://b.test/x", "https://b.test/x"],
    ["/y?z", "https://a.test/y?z"],
    ["y", "https://a.test/y"],
    ["?z", "https://a.test/events?z"],
    ["//c.test", "https://c.test/"],
    ["", "https://a.test/events?x=1"],
  ])("to %j goes to %s", (location, href) => {
    expect(redirected(asked(), 302, location).url.href).toBe(href);
  });

  test("to a raw UTF-8 Location goes there: the header has a character for each byte", () => {
    const bytes = String.fromCharCode(...new TextEncoder().encode("/größe?q=日"));
    expect(redirected(asked(), 302, bytes).url).toMatchObject({
      pathname: "/gr%c3%b6%c3%9fe",
      search: "?q=%e6%97%a5",
    });
  });

  test("to a URL with a user and a password: sent as a header, and removed from the URL, which fetch would refuse", () => {
    const { url: to, headers: sent } = redirected(asked(), 302, "https://me:secret@b.test/x");
    expect(to.href).toBe("https://b.test/x");
    expect(sent.get("Authorization")).toBe(`Basic ${btoa("me:secret")}`);
  });

  test.each(["ftp://b.test/", "data:,x", "http://["])("to %s is a TypeError", (location) => {
    expect(() => redirected(asked(), 302, location)).toThrow(TypeError);
  });

  test.each([301, 302, 303, 307, 308])(
    "%i keeps a GET, and on the same origin its headers",
    (status) => {
      const request = redirected(asked(), status, "/y");
      expect(request).toMatchObject({ method: "GET", body: undefined });
      expect([...request.headers]).toEqual([...headers()]);
    },
  );

  test.each(["https://b.test/", "http://a.test/", "https://a.test:8443/", "https://sub.a.test/"])(
    "to another origin (%s) sends neither the user's headers, nor the token, nor the cursor",
    (location) => {
      const request = redirected(asked(), 302, location);
      expect([...request.headers]).toEqual([["accept", "text/event-stream"]]);
    },
  );

  test("does not change the first request", () => {
    const first = asked();
    redirected(first, 302, "/y").headers.set("X-Mine", "2");
    expect([first.url.pathname, ...first.headers]).toEqual(["/events", ...headers()]);
  });

  test.each([301, 302, 303])(
    "%i turns a POST into a GET without its body, and without the headers that describe it",
    (status) => {
      const request = redirected(post(), status, "/y");
      expect(request).toMatchObject({ method: "GET", body: undefined });
      expect([...request.headers]).toEqual([["x-mine", "1"]]);
    },
  );

  test.each([307, 308])("%i keeps a POST and its body", (status) => {
    expect(redirected(post(), status, "/y")).toMatchObject({ method: "POST", body: "b" });
  });

  test("307 to another origin keeps the body and its Content-Type", () => {
    const request = redirected(post(), 307, "https://b.test/");
    expect(request).toMatchObject({ method: "POST", body: "b" });
    expect([...request.headers]).toEqual([
      ["accept", "text/event-stream"],
      ["content-type", "application/json"],
    ]);
  });

  test("303 to another origin drops the Content-Type with the body", () => {
    const request = redirected(post(), 303, "https://b.test/");
    expect([...request.headers]).toEqual([["accept", "text/event-stream"]]);
  });

  test.each([
    [301, "PUT"],
    [302, "QUERY"],
  ])("%i keeps a %s: only POST turns into GET, for historical reasons", (status, method) => {
    expect(redirected(post(method), status, "/y")).toMatchObject({ method, body: "b" });
  });

  test("303 turns every method into GET", () => {
    expect(redirected(post("PUT"), 303, "/y")).toMatchObject({ method: "GET", body: undefined });
  });
});

describe("toUrl", () => {
  afterEach(() => void vi.unstubAllGlobals());

  test("accepts a string or a URL, which is not changed", () => {
    const given = new URL(url);
    expect(toUrl(given).href).toBe(url);
    expect(toUrl(given)).not.toBe(given);
  });

  test("resolves a relative one against the page", () => {
    vi.stubGlobal("location", { href: "https://page.test/a/b" });
    expect(toUrl("../events").href).toBe("https://page.test/events");
  });

  test("outside a page a relative one throws, with an example", () => {
    vi.stubGlobal("location", undefined);
    expect(() => toUrl("/events")).toThrow(/Not a URL: "\/events". Give one such as https:/);
  });
});
