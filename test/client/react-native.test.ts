// React Native's engine lacks much of what a browser has. Its shape, in a process of its own; real XMLHttpRequests are in test/browser.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { Feed } from "@steadfeed/client";
import { followAppState } from "@steadfeed/client/react-native";
import { Wire } from "@steadfeed/client/testing";
import { SseServer } from "@steadfeed/client/testing/node";
import { expect, onTestFinished, test } from "vitest";
import { notInHermes, streamingFetchSource, xhrSource } from "../support/xhr.ts";

/** Runs a program as React Native would; what it says. */
async function run(program: string): Promise<string> {
  const source = `
    import * as http from "node:http";
    const url = process.argv[1];
    globalThis.XMLHttpRequest = ${xhrSource};
    // Node loads its own on the first look at one of them.
    void [Response, MessageEvent, structuredClone];
    for (const name of ${JSON.stringify(notInHermes)}) delete globalThis[name];
    const { Feed } = await import("@steadfeed/client/browser");
    const { xhrFetch } = await import("@steadfeed/client/react-native");
    ${program}
    process.exit(0);
  `;
  const server = await SseServer.listen((script, number) => {
    if (number === 1) script.events(1, 2).reset();
    else script.events(3);
  });
  onTestFinished(() => server.close());
  const child = spawn(process.execPath, ["--input-type=module", "-e", source, server.url]);
  onTestFinished(() => void child.kill("SIGKILL"));
  let said = "";
  for (const from of [child.stdout, child.stderr])
    from.on("data", (text) => (said += String(text)));
  await once(child, "close");
  return said;
}

const readThree = `
  for await (const { data } of feed) {
    console.log(data);
    if (data === "3") break;
  }
  feed.close();
`;

test("with xhrFetch a feed resumes in React Native", async () => {
  const said = await run(`const feed = new Feed(url, { fetch: xhrFetch }); ${readThree}`);
  expect(said).toBe("1\n2\n3\n");
});

test("with a streaming fetch such as expo/fetch it needs nothing else", async () => {
  const said = await run(`
    const expoFetch = ${streamingFetchSource};
    const feed = new Feed(url, { fetch: expoFetch });
    ${readThree}
  `);
  expect(said).toBe("1\n2\n3\n");
});

test("with React Native's own fetch, which has no body, the error names one that streams", async () => {
  const headers = new Headers({ "Content-Type": "text/event-stream" });
  const ownFetch = async (url: string) =>
    ({ url, type: "default", status: 200, headers }) as Response;
  const feed = new Feed("http://app.test/", { fetch: ownFetch });
  feed.subscribe("*", () => undefined);
  const { reason, error } = await feed.closed;
  expect(reason).toBe("failed");
  expect(error).toMatchObject({ code: "unsupported" });
  expect((error as Error).message).toMatch(/expo\/fetch.*xhrFetch/);
});

test("an app in the background has no connection, and resumes at its cursor when it is active", async () => {
  const listeners = new Set<(state: string) => void>();
  const appState = {
    addEventListener(_: "change", listener: (state: string) => void) {
      listeners.add(listener);
      return { remove: () => void listeners.delete(listener) };
    },
  };
  const becomes = (state: string): void => listeners.forEach((listener) => listener(state));
  const wire = new Wire((request, number) => void request.answer().events(number));
  const feed = new Feed("http://app.test/", { fetch: wire.fetch });
  onTestFinished(() => feed.close());
  const events = feed.subscribe("message");
  const stop = followAppState(feed, appState);
  expect((await events.next()).value?.data).toBe("1");

  becomes("inactive");
  expect(feed.state).toBe("open");
  becomes("background");
  expect(feed.state).toBe("paused");
  becomes("active");
  expect((await events.next()).value?.data).toBe("2");
  expect(wire.last.lastEventId).toBe("1");

  feed.pause();
  becomes("background");
  becomes("active");
  expect(feed.state).toBe("paused");
  stop();
  expect(listeners.size).toBe(0);
});
