import { existsSync, readdirSync, readFileSync } from "node:fs";
import dns from "node:dns";
import { join } from "node:path";
import { createContext, runInContext } from "node:vm";
import { EventSource } from "@steadfeed/client/eventsource";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { startServer } from "./server.ts";

/**
 * The web-platform-tests themselves, from a checkout of https://github.com/web-platform-tests/wpt:
 *
 *     WPT_DIR=~/wpt npx vitest run --project node test/interop/wpt
 *
 * The server's side is in server.ts, so that no Python is needed.
 */
const root = process.env["WPT_DIR"] ?? "";
const folder = join(root, "eventsource");

/** Files about what only a page has: windows, realms, workers' files, a document's domain. */
const pages =
  /document-domain|multi-window|realm|request-cancellation|bfcache|from-readable-stream|^interfaces|readyState\.html/;

/** What a class above `fetch` can't do outside browsers: file → the tests that fail, and why. */
const cannot: Readonly<Record<string, readonly [test: RegExp, why: string]>> = {
  "eventsource-onmessage-trusted": [/./, "only a platform's own code dispatches trusted events"],
  "eventsource-cross-origin": [/should fail/, "there is no origin to protect"],
  "eventsource-cross-origin-preflight": [/unsafe/, "there is no origin to protect"],
  "request-credentials": [/enabled/, "there is no cookie jar"],
};

interface Result {
  readonly name: string;
  readonly status: number;
  readonly message: string | null;
}

const made: EventSource[] = [];
class Tracked extends EventSource {
  constructor(...given: ConstructorParameters<typeof EventSource>) {
    super(...given);
    made.push(this);
  }
}

/** The scripts of a page, or the file as it is. */
function scriptOf(path: string): string {
  const text = readFileSync(path, "utf8").replaceAll("\r\n", "\n");
  if (path.endsWith(".js")) return text;
  const title = /<title>(.*?)<\/title>/.exec(text)?.[1] ?? "";
  const scripts = [...text.matchAll(/<script>(.*?)<\/script>/gs)].map(([, script]) => script);
  return `// META: title=${title}\n${scripts.join("\n")}`;
}

async function run(path: string, origin: string): Promise<Result[]> {
  const script = scriptOf(path);
  const context = createContext({
    setTimeout,
    clearTimeout,
    DOMException,
    TypeError,
    Event,
    MessageEvent,
    URL,
    console,
    location: globalThis.location,
    EventSource: Tracked,
    token: () => crypto.randomUUID(),
    get_host_info: () => ({ HTTP_REMOTE_ORIGIN: origin.replace("://", "://www1.") }),
  });
  const title = /META: title=(.*)/.exec(script)?.[1] ?? "";
  runInContext(`self = globalThis; META_TITLE = ${JSON.stringify(title)}`, context);
  runInContext(readFileSync(join(root, "resources/testharness.js"), "utf8"), context);
  const results = new Promise<Result[]>((resolve) => {
    Object.assign(context, { resolve });
    runInContext("add_completion_callback((tests) => resolve(tests))", context);
  });
  runInContext("document = { title: META_TITLE, getElementsByTagName: () => [] }", context);
  runInContext(script, context, { filename: path });
  const timer = setTimeout(() => runInContext("timeout()", context), 12_000);
  return (await results.finally(() => clearTimeout(timer))).map(({ name, status, message }) => ({
    name,
    status,
    message,
  }));
}

describe.runIf(existsSync(folder)).concurrent("web-platform-tests/eventsource", () => {
  let server: Awaited<ReturnType<typeof startServer>>;
  beforeAll(async () => {
    server = await startServer();
    vi.stubGlobal("location", new URL(`http://web-platform.test:${server.port}/eventsource/`));
    vi.spyOn(dns, "lookup").mockImplementation(((
      _: string,
      options: { all?: boolean },
      done: (...given: unknown[]) => void,
    ) =>
      options.all
        ? done(null, [{ address: "127.0.0.1", family: 4 }])
        : done(null, "127.0.0.1", 4)) as never);
  });
  afterAll(async () => {
    for (const source of made) source.close();
    vi.unstubAllGlobals();
    vi.restoreAllMocks();
    await server.close();
  });

  const names = existsSync(folder) ? readdirSync(folder) : [];
  const files = names.filter(
    (name) => /\.(htm|html|any\.js|window\.js)$/.test(name) && !pages.test(name),
  );
  test.each(files)("%s", async (file) => {
    const results = await run(join(folder, file), `http://web-platform.test:${server.port}`);
    expect(results.length).toBeGreaterThan(0);
    const [expected] = cannot[file.replace(/\..*/, "")] ?? [/(?!)/];
    const failed = results.filter(({ status }) => status !== 0);
    expect(failed.filter(({ name }) => !expected.test(name))).toEqual([]);
    // What it can after all is taken off the list.
    expect(results.filter(({ name, status }) => expected.test(name) && status === 0)).toEqual([]);
  });
});
