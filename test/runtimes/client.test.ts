// The suite in every runtime that has no page: our client as it is published, at our server in Node.
import { once } from "node:events";
import { createInterface } from "node:readline";
import { Miniflare } from "miniflare";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { scenarios } from "../suite/scenarios.ts";
import { startStage } from "../suite/server.ts";
import { bun, bundle, deno, nodes, workerd } from "./runtimes.ts";

const stage = await startStage();
afterAll(() => stage.close());

interface Line {
  readonly from?: string;
  readonly name?: string;
  readonly error?: string;
}

for (const runtime of [...nodes, deno, bun]) {
  describe.skipIf(!runtime.here)(`our client in ${runtime.name}`, () => {
    const lines: Line[] = [];
    let complaint = "";
    let ended: unknown;

    beforeAll(async () => {
      const child = runtime.run("client-process.ts", stage.url);
      const closed = once(child, "close");
      const late = setTimeout(() => child.kill("SIGKILL"), 60_000);
      child.stderr!.on("data", (chunk: Buffer) => (complaint += chunk.toString()));
      for await (const line of createInterface(child.stdout!)) lines.push(JSON.parse(line) as Line);
      ended = await closed;
      clearTimeout(late);
    }, 70_000);

    test("is the published package, and keeps no process alive", () => {
      const door = nodes.includes(runtime) ? "node/index.js" : "index.js";
      expect({ from: lines[0]?.from, ended, complaint }).toEqual({
        from: expect.stringMatching(new RegExp(`client/dist/${door}$`)),
        ended: [0, null],
        complaint: "",
      });
    });

    test.each(Object.keys(scenarios))("%s", (name) => {
      expect(lines.find((line) => line.name === name)).toEqual({ name });
    });
  });
}

for (const [name, compatibilityDate] of [
  ["workerd", "2026-07-01"],
  // When a request with the option cache was still an error.
  ["workerd as of 2024", "2024-01-01"],
] as const) {
  describe.skipIf(!workerd)(`our client in ${name}`, () => {
    let worker: Miniflare;
    beforeAll(async () => {
      const script = await bundle("client-worker.ts");
      worker = new Miniflare({ modules: true, script, compatibilityDate });
      await worker.ready;
    });
    afterAll(() => worker.dispose());

    test.each(Object.keys(scenarios))("%s", async (scenario) => {
      const query = new URLSearchParams({ name: scenario, url: stage.url }).toString();
      const response = await worker.dispatchFetch(`http://worker/?${query}`);
      expect(await response.text()).toBe("");
    });
  });
}
