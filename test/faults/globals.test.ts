// Importing succeeds on every platform, whatever it lacks; the first use says what is missing.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { expect, onTestFinished, test } from "vitest";

/** What React Native, jsdom, workers of all kinds, old browsers or plain engines do not have, some of it at a time. */
const lacking = [
  "ReadableStream WritableStream TransformStream TextEncoder TextDecoder Request Response Headers",
  "fetch FormData Blob URL URLSearchParams Event EventTarget CustomEvent MessageEvent DOMException",
  "AbortController AbortSignal BroadcastChannel MessageChannel structuredClone queueMicrotask",
  "setImmediate setInterval performance crypto atob btoa navigator console WebAssembly",
  "SharedArrayBuffer Intl global Buffer",
]
  .join(" ")
  .split(" ");

/** The doors of our packages that do not say in their name that they are for Node. */
const doors = ["parser", "client", "contract"].flatMap((name) => {
  const manifest = readFileSync(new URL(`../../packages/${name}/package.json`, import.meta.url));
  const paths = Object.keys((JSON.parse(String(manifest)) as { exports: object }).exports);
  const own = paths.filter((path) => !/\.json$|\/node$/.test(path));
  return own.map((path) => `@steadfeed/${name}${path.slice(1)}`);
});

async function run(source: string): Promise<string> {
  const child = spawn(process.execPath, ["--input-type=module", "-e", source]);
  onTestFinished(() => void child.kill("SIGKILL"));
  let said = "";
  for (const from of [child.stdout, child.stderr])
    from.on("data", (text) => (said += String(text)));
  await once(child, "close");
  return said;
}

// Every module is loaded once for each of them.
test(
  "every entry point can be imported without any of the globals that some platform lacks, and without all of them",
  { timeout: 60_000 },
  async () => {
    const said = await run(`
    import { registerHooks } from "node:module";
    const [lacking, doors] = ${JSON.stringify([lacking, doors])};
    // Each import evaluates all its modules anew.
    let turn = 0;
    registerHooks({
      resolve(specifier, context, next) {
        const found = next(specifier, context);
        return found.url.startsWith("file:") ? { ...found, url: found.url.split("?")[0] + "?" + turn } : found;
      },
    });
    const failed = [];
    // Node loads its own on the first look at one of them.
    void [Response, MessageEvent, structuredClone];
    for (const names of [...lacking.map((name) => [name]), lacking]) {
      turn++;
      const kept = names.map((name) => [name, Object.getOwnPropertyDescriptor(globalThis, name)]);
      for (const name of names) delete globalThis[name];
      for (const door of doors) {
        await import(door).catch((error) => failed.push([door, names.join(), String(error)]));
      }
      for (const [name, descriptor] of kept)
        if (descriptor) Object.defineProperty(globalThis, name, descriptor);
    }
    console.log(JSON.stringify({ failed, turn }));
  `);
    expect(JSON.parse(said)).toEqual({ failed: [], turn: lacking.length + 1 });
    expect(doors).toContain("@steadfeed/client/eventsource");
  },
);

test("a feed needs no streams, no events and no clones of the platform: a fetch, headers and URLs are enough", async () => {
  const said = await run(`
    const bytes = new TextEncoder().encode("id: 1\\ndata: hello\\n\\n");
    const fetch = async () => {
      const chunks = [bytes];
      const read = async () => ({ value: chunks[0], done: chunks.pop() === undefined });
      const body = { locked: false, cancel: async () => undefined, getReader: () => ({ read, cancel: body.cancel }) };
      return { url: "", type: "basic", status: 200, headers: new Headers({ "Content-Type": "text/event-stream" }), body };
    };
    const url = "http://feed.test/";
    new Headers();
    const names = ["ReadableStream", "WritableStream", "TransformStream", "Request", "Response", "Event", "EventTarget",
      "CustomEvent", "MessageEvent", "DOMException", "BroadcastChannel", "MessageChannel", "structuredClone", "crypto",
      "navigator", "setImmediate", "Buffer", "FormData", "Blob"];
    for (const name of names) delete globalThis[name];
    const { Feed, Client } = await import("@steadfeed/client");
    const { SharedFeed } = await import("@steadfeed/client/shared");
    for (const feed of [
      new Feed(url, { fetch }),
      new Client(url, { fetch }).feed("x"),
      new SharedFeed(url, { fetch, key: "x" }),
    ]) {
      for await (const { data, lastEventId } of feed) {
        console.log(data, lastEventId);
        break;
      }
      feed.close();
    }
  `);
  expect(said).toBe("hello 1\n".repeat(3));
});

test.each(["Event", "EventTarget", "MessageEvent"])(
  "an EventSource without %s names the missing global when it is constructed",
  async (name) => {
    const said = await run(`
      // Node loads its own on the first look at one of them.
      void [Response, MessageEvent];
      delete globalThis.${name};
      const { EventSource } = await import("@steadfeed/client/eventsource");
      try {
        new EventSource("http://127.0.0.1:9/");
      } catch (error) {
        console.log(error.name, error.message);
      }
    `);
    expect(said).toMatch(new RegExp(`^TypeError .*${name}.*polyfill.*Feed`));
  },
);
