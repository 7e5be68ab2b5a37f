// Our client in other runtimes, as it is published, at our server in Node.
import { once } from "node:events";
import type { ServerResponse } from "node:http";
import { Broker } from "@steadfeed/server";
import { nodeHandler } from "@steadfeed/server/node";
import { Miniflare } from "miniflare";
import { afterAll, describe, expect, onTestFinished, test } from "vitest";
import { serve } from "../support/server.ts";
import type { Stage } from "./client-suite.ts";
import { bun, bundle, deno, firstLine, workerd, type Runtime } from "./runtimes.ts";

type Run = (scenario: string, stage: Stage) => Promise<unknown>;

function inProcess(runtime: Runtime): Run {
  return async (scenario, { url, control }) => {
    const child = runtime.run("client-process.ts", scenario, url, control);
    onTestFinished(() => void child.kill("SIGKILL"));
    const ended = once(child, "close");
    const { result, from } = JSON.parse(await firstLine(child)) as {
      result: unknown;
      from: string;
    };
    expect(from).toMatch(/client\/dist\/index\.js$/);
    // Nothing of the feed keeps the process.
    expect(await ended).toEqual([0, null]);
    return result;
  };
}

const workers: Miniflare[] = [];
afterAll(() => Promise.all(workers.map((worker) => worker.dispose())));

async function inWorker(compatibilityDate: string): Promise<Run> {
  const script = await bundle("client-worker.ts");
  const worker = new Miniflare({ modules: true, script, compatibilityDate });
  workers.push(worker);
  return async (scenario, { url, control }) => {
    const query = new URLSearchParams({ name: scenario, url, control }).toString();
    const response = await worker.dispatchFetch(`http://worker/?${query}`);
    if (!response.ok) throw new Error(await response.text());
    return ((await response.json()) as { result: unknown }).result;
  };
}

/** Without a run where the runtime is not here. */
const runs: [string, Run | undefined][] = [
  ...[deno, bun].map((runtime): (typeof runs)[number] => [
    runtime.name,
    runtime.here ? inProcess(runtime) : undefined,
  ]),
  ["workerd", workerd ? await inWorker("2026-07-01") : undefined],
  // When a request with the option cache was still an error.
  ["workerd as of 2024", workerd ? await inWorker("2024-01-01") : undefined],
];

/** A stream, and a second server by which the scenario moves it. */
async function stage(): Promise<Stage & { readonly broker: Broker }> {
  const broker = new Broker();
  onTestFinished(() => broker.close({ graceMs: 0 }));
  const handler = nodeHandler(broker);
  const open = new Set<ServerResponse>();
  const { url } = await serve((request, response) => {
    open.add(response);
    handler(request, response);
  });
  const publish = (data: string, id?: string): Promise<unknown> =>
    broker.publish("s", { type: "tick", data }, { id });
  const moves: Record<string, (data: string) => Promise<unknown>> = {
    publish,
    foreign: (data) => publish(data, "clé ✓ 日本"),
    cut: (data) => {
      for (const response of open) response.destroy();
      return publish(data);
    },
  };
  const control = await serve(async ({ url: asked }, response) => {
    const { pathname, searchParams } = new URL(asked!, "http://control");
    await moves[pathname.slice(1)]!(searchParams.get("data")!);
    response.end();
  });
  return { url: `${url}?stream=s`, control: control.url, broker };
}

for (const [name, given] of runs)
  describe.skipIf(!given)(`our client in ${name}`, () => {
    const run = given!;

    test("a reader gets every event, whole and in order", async () => {
      expect(await run("receives", await stage())).toEqual([
        ["tick", "one"],
        ["tick", "two\nlines"],
        ["tick", "✓ 日本 🎉"],
      ]);
    });

    test("a reader whose connection dies gets what it missed, once", async () => {
      expect(await run("resumes", await stage())).toEqual({
        got: ["1", "behind 1", "2", "behind 2"],
        notes: ["open", "resumed", "resumed"],
      });
    });

    test("an id outside ASCII is a place to come back to", async () => {
      expect(await run("foreignId", await stage())).toEqual({
        got: ["with id", "behind it"],
        resumedFrom: ["clé ✓ 日本"],
      });
    });

    test("break ends the connection, so that the server is not read for nobody", async () => {
      const here = await stage();
      const ran = run("leaves", here);
      await expect.poll(() => here.broker.sessions().size, { timeout: 10_000 }).toBe(1);
      await here.broker.publish("s", { type: "tick", data: "last" });
      expect(await ran).toBe("idle");
      await expect.poll(() => here.broker.sessions().size).toBe(0);
    });

    test("a refusal is final and says why", async () => {
      expect(await run("refused", await stage())).toEqual({ reason: "failed", status: 400 });
    });
  });
