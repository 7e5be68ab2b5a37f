// A full disk, a port that is taken, a path that is not a file: one sentence that names the way out, and no stack.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdtempSync, openSync, closeSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { SseServer } from "@steadfeed/client/testing/node";
import { describe, expect, onTestFinished, test } from "vitest";
import { run } from "../support/cli.ts";

const main = fileURLToPath(new URL("../../packages/cli/dist/main.js", import.meta.url));
const folder = mkdtempSync(join(tmpdir(), "cli-"));
const lines = join(folder, "lines.txt");
writeFileSync(lines, "data: a\n\n");
/** Where everything that is written meets a full disk. */
const full = "/dev/full";

async function ticking(): Promise<string> {
  const server = await SseServer.listen((script) => script.events(1, 2, 3).stall());
  onTestFinished(() => server.close());
  return server.url;
}

async function runFull(args: readonly string[]): Promise<{ code: number; stderr: string }> {
  const out = openSync(full, "w");
  const child = spawn(process.execPath, [main, ...args], { stdio: ["ignore", out, "pipe"] });
  onTestFinished(() => void child.kill("SIGKILL"));
  closeSync(out);
  let stderr = "";
  child.stderr!.on("data", (text) => (stderr += String(text)));
  const [code] = (await once(child, "close")) as [number];
  return { code, stderr };
}

describe.skipIf(!existsSync(full))("a full disk", () => {
  test("record --output: one sentence, and no stack", async () => {
    const { code, stderr } = await run(["record", await ticking(), "--output", full]);
    expect(stderr).toContain(
      `steadfeed: ${full} cannot be written: ENOSPC: no space left on device`,
    );
    expect(stderr).not.toMatch(/\n\s+at |node:events/);
    expect(code).toBe(1);
  });

  test.each([["record"], ["tail"], ["tail", "--json"], ["doctor", "--watch", "1s"]])(
    "%s to standard output",
    async (...args) => {
      const { code, stderr } = await runFull([args[0], await ticking(), ...args.slice(1)]);
      expect(stderr).toContain(
        "steadfeed: Standard output cannot be written: ENOSPC: no space left",
      );
      expect(stderr).not.toMatch(/\n\s+at |node:events/);
      expect(code).toBe(1);
    },
  );
});

describe("the message about a port that is taken names the way out", () => {
  test.each([
    ["serve", lines],
    ["replay", lines],
    ["break", "http://127.0.0.1:9/", "--drop"],
  ])("%s", async (...args) => {
    const server = createServer().listen(0, "127.0.0.1");
    onTestFinished(() => void server.close());
    await once(server, "listening");
    const { port } = server.address() as { port: number };
    const { code, stderr } = await run([...args, "--port", String(port)]);
    expect(stderr).toBe(
      `steadfeed: Cannot listen on port ${port} of 127.0.0.1: it is in use; --port 0 takes a free one.\n`,
    );
    expect(code).toBe(1);
  });
});

describe("a path that is not a file", () => {
  test("tail --cursor of a folder or a device is refused before a request", async () => {
    for (const path of [folder, "/dev/zero"]) {
      const { code, stderr } = await run(["tail", "http://127.0.0.1:9/", "--cursor", path]);
      expect([code, stderr]).toEqual([2, `steadfeed: ${path} is not a file.\n`]);
    }
  });

  test("serve and replay of a folder", async () => {
    const served = await run(["serve", folder, "--port", "0"]);
    expect([served.code, served.stderr]).toEqual([2, `steadfeed: ${folder} is not a file.\n`]);
    const replayed = await run(["replay", folder, "--port", "0"]);
    expect([replayed.code, replayed.stderr]).toEqual([
      2,
      expect.stringContaining(`${folder} cannot be read: EISDIR`) as string,
    ]);
  });

  test("replay of a file without an event", async () => {
    const empty = join(folder, "empty");
    writeFileSync(empty, "");
    const { code, stderr } = await run(["replay", empty, "--port", "0"]);
    expect([code, stderr]).toEqual([2, `steadfeed: ${empty} has no events.\n`]);
  });
});
