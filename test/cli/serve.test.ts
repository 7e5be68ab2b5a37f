import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { SseServer } from "@steadfeed/client/testing/node";
import { expect, onTestFinished, test } from "vitest";
import { Cli, recordsOf, run } from "../support/cli.ts";

function file(text: string): string {
  const folder = mkdtempSync(join(tmpdir(), "cli-"));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  writeFileSync(join(folder, "events"), text);
  return join(folder, "events");
}

const lines = [
  '{"type":"tick","id":"7","data":{"eur":1}}',
  "plain text",
  '{"kind":"open","at":"2026-01-01T00:00:00Z"}',
  '{"kind":"event","at":"2026-01-01T00:00:00Z","type":"message","id":"9","data":"nine"}',
  "[1]",
].join("\n");

test("serve: each line is an event, a late reader gets them all, and a returning reader the rest", async () => {
  const server = new Cli(["serve", file(lines), "--port", "0"]);
  const url = await server.url();
  const { stdout } = await run(["tail", url, "--count", "4", "--json"]);
  const events = recordsOf(stdout).filter(({ kind }) => kind === "event");
  expect(events.map(({ type, data }) => [type, data])).toEqual([
    ["tick", '{"eur":1}'],
    ["message", "plain text"],
    ["message", "nine"],
    ["message", "[1]"],
  ]);
  const rest = await run(["tail", url, "--last-event-id", "9", "-n", "1", "-f", "data", "-q"]);
  expect(rest.stdout).toBe("[1]\n");
  expect((await server.end("SIGINT")).code).toBe(0);
});

test("serve: standard input is sent as it arrives; --end ends the stream", async () => {
  const server = new Cli(["serve", "-", "--port", "0", "--end"], { input: "a\nb\n" });
  const { code, stdout } = await run(["tail", await server.url(), "--format", "data", "--quiet"]);
  expect(stdout).toBe("a\nb\n");
  expect(code).toBe(0);
});

test("serve: reports a port that is in use", async () => {
  const taken = await SseServer.listen((script) => script.answer());
  onTestFinished(() => taken.close());
  const { code, stderr } = await run(["serve", file("a"), "--port", String(taken.port)]);
  expect(stderr).toContain("it is in use");
  expect(code).toBe(1);
});

test("record and replay: the same bytes with the same timing, cuts included, at twice the speed", async () => {
  const source = await SseServer.listen((script, number) => {
    if (number === 1) script.send("id: 1\ndata: ä\n\nid: 2\nda", 12).delay(400).truncate();
    else if (number === 2)
      script.send("id: 2\ndata: b\n\n").delay(1200).send("id: 3\ndata: c\n\n").end();
    else script.answer({ status: 204 });
  });
  onTestFinished(() => source.close());
  const recorded = await run(["record", `${source.url}?token=secret`]);
  expect(recorded.code).toBe(0);
  expect(recorded.stdout).not.toContain("secret");
  const entries = recordsOf(recorded.stdout);
  expect(entries.filter((entry) => "open" in entry)).toMatchObject([
    { open: 200, lastEventId: "" },
    { open: 200, lastEventId: "1" },
  ]);
  expect(entries.filter((entry) => "end" in entry).map(({ end }) => end)).toEqual([
    "cut",
    "complete",
  ]);

  const replay = new Cli(["replay", file(recorded.stdout), "--port", "0", "--speed", "2"]);
  const url = await replay.url();
  const { stdout } = await run(["tail", url, "--json"]);
  const records = recordsOf(stdout);
  expect(records.filter(({ kind }) => kind === "event").map(({ data }) => data)).toEqual([
    "ä",
    "b",
    "c",
  ]);
  expect(records.at(-1)).toMatchObject({ connections: 2 });
  const [, b, c] = records
    .filter(({ kind }) => kind === "event")
    .map(({ at }) => Date.parse(at as string));
  // Half of the 1200 ms.
  expect(c! - b!).toBeGreaterThan(350);
  expect(c! - b!).toBeLessThan(1150);
  expect((await replay.end("SIGINT")).code).toBe(0);
});

test("replay: a plain stream, as curl writes it", async () => {
  const text = "id: 1\ndata: a\n\nid: 2\ndata: b\n\n";
  const replay = new Cli(["replay", file(text), "--port", "0", "--speed", "max"]);
  const url = await replay.url();
  expect((await run(["tail", url, "-f", "data", "-n", "2"])).stdout).toBe("a\nb\n");
  expect((await run(["tail", url, "-f", "data", "--last-event-id", "1", "-n", "1"])).stdout).toBe(
    "b\n",
  );
});

test("break: each connection meets the next fault, and a reader that resumes loses nothing", async () => {
  const source = await SseServer.listen((script) => {
    const from = Number(script.lastEventId ?? 0);
    script.send("retry: 250\n\n");
    for (let id = from + 1; id <= from + 200; id++) script.events(id).delay(30);
  });
  onTestFinished(() => source.close());
  const faults = ["--drop", "--reset", "--truncate", "--stall", "--after", "1s"];
  const proxy = new Cli(["break", source.url, "--port", "0", ...faults, "--down", "50ms"]);
  const url = await proxy.url();
  const { stdout } = await run(["tail", url, "-f", "data", "-n", "160", "--idle", "1s"]);
  expect(stdout).toBe(Array.from({ length: 160 }, (_, index) => `${index + 1}\n`).join(""));
  for (const fault of ["drop", "reset", "truncate mid-event", "stall"]) {
    expect(proxy.stderr).toContain(`: ${fault}\n`);
  }
}, 120_000);
