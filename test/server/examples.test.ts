import { expect, test, vi } from "vitest";

/** Runs an example to its end, and gives what it printed. */
async function run(example: string): Promise<string> {
  const print = vi.spyOn(console, "log").mockImplementation(() => undefined);
  await import(`../../examples/${example}.ts`);
  const lines = print.mock.calls.map((values) =>
    values.map((value) => (typeof value === "string" ? value : JSON.stringify(value))).join(" "),
  );
  print.mockRestore();
  return lines.join("\n");
}

test.each([
  ["server-tokens", /^You asked: why\? The answer is long and comes in pieces\. $/],
  [
    "server-clients",
    /^without a token: 401\nwelcome, ann\nis ann here\? true is bob\? false\nsent to 2 sessions: \["only for you","only for you"\]\nann left: /,
  ],
  ["server-single", /^progress \{"done":0\}\n[^]*progress \{"done":100\}\ndone \{"ok":true\}$/],
  ["server-web", /^3\n2\n1\ntick \{"eur":1\.08\}$/],
  [
    "server-publish",
    /^202 \{"id":"\S+","sessions":0\}\n\{"type":"alert","data":"rain".*\}\nwithout the token: 401$/,
  ],
])("an example does what it says: %s", async (example, output) => {
  expect(await run(example)).toMatch(output);
});
