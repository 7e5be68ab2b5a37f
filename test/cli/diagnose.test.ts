// `diagnose()` for programs: a mistake in its call is named, and is no finding about the server.
import { SseServer } from "@steadfeed/client/testing/node";
import { diagnose, type DiagnoseOptions } from "steadfeed";
import { describe, expect, onTestFinished, test } from "vitest";

async function ticking(): Promise<{ server: SseServer; url: string }> {
  const server = await SseServer.listen((script) => script.events(1, 2, 3).stall());
  onTestFinished(() => server.close());
  return { server, url: server.url };
}

test("it reads a stream, given as a text or as a URL", async () => {
  const { url } = await ticking();
  for (const each of [url, new URL(url)]) {
    const { isStream, findings } = await diagnose(each, { watchMs: 300 });
    expect(isStream).toBe(true);
    expect(findings.map(({ check }) => check)).toContain("resume");
  }
});

describe("a mistake is named, and no request is made", () => {
  test.each<[object, RegExp]>([
    [{ watch: 500 }, /^diagnose has no option watch: did you mean watchMs\?/],
    [{ headers: { a: "b" } }, /^diagnose has no option headers: did you mean header\?/],
    [{ watchMs: Number.NaN }, /^watchMs must be a number from 1 to 2147483647, not NaN\./],
    [{ watchMs: 0 }, /^watchMs must be a number from 1 /],
    [{ watchMs: 2 ** 31 }, /^watchMs must be a number from 1 /],
    [{ watchMs: "5s" }, /^watchMs must be a number from 1 /],
    [{ long: "no" }, /^long must be true or false/],
    [{ credentials: "include" }, /^credentials must be true or false/],
    [{ insecure: 1 }, /^insecure must be true or false/],
    [{ origin: "x" }, /^origin must be an origin such as https:\/\/example\.com/],
    [{ origin: "https://a.example/path" }, /^origin must be an origin/],
    [{ signal: {} }, /^signal must be an AbortSignal/],
    [{ header: "a: b" }, /^header must be a list of lines/],
    [{ header: [1] }, /^header must be a list of lines/],
    [{ token: 5 }, /^token must be a string/],
    [{ token: "" }, /^token must not be empty/],
    [{ token: "Bearer x" }, /^token must not begin with "Bearer "/],
    [{ token: "a\r\nb" }, /token/],
    [{ header: ["a: \u65E5"] }, /header a/i],
    [{ post: 5 }, /^post must be a string/],
    [{ method: 5 }, /^method must be a string/],
    [{ method: "A B" }, /^method must be an HTTP method/],
    [{ method: "connect" }, /^method CONNECT is not allowed/],
    [{ post: "{}", method: "GET" }, /^body needs a method that has one/],
    [{ proxy: "x" }, /proxy must be 'env' or a URL/],
    [{ proxy: "http://localhost:1", unixSocket: "/s" }, /exclude each other/],
    [{ unixSocket: 5 }, /^unixSocket must be a string/],
    [{ servername: 5 }, /^servername must be a string/],
    [[], /^The options of diagnose must be an object/],
    [Promise.resolve({}), /^The options of diagnose must be an object/],
  ])("%o", async (options, says) => {
    const { server, url } = await ticking();
    const given = Array.isArray(options) || options instanceof Promise ? options : { ...options };
    const failed = await diagnose(url, given as DiagnoseOptions).catch((error: unknown) => error);
    expect(failed).toBeInstanceOf(TypeError);
    expect((failed as Error).message).toMatch(says);
    expect(server.requests).toHaveLength(0);
  });

  test.each([undefined, "", "nonsense", "ftp://localhost/", 5])("the URL %o", async (url) => {
    await expect(diagnose(url as string)).rejects.toThrow(/^diagnose needs an HTTP URL, not /);
  });
});

describe("a signal that aborts rejects with its reason: it saw too little for a finding", () => {
  test("before the call", async () => {
    const { server, url } = await ticking();
    const reason = new Error("enough");
    await expect(diagnose(url, { signal: AbortSignal.abort(reason) })).rejects.toBe(reason);
    expect(server.requests).toHaveLength(0);
  });

  test("while it watches", async () => {
    const { url } = await ticking();
    const controller = new AbortController();
    const reason = new Error("enough");
    setTimeout(() => controller.abort(reason), 200);
    await expect(diagnose(url, { signal: controller.signal })).rejects.toBe(reason);
  });
});
