// Libraries of observables, with what would be published.
import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { beforeAll, expect, onTestFinished, test } from "vitest";
import { installInto } from "../../../scripts/check-pack.mjs";
import { Site } from "../support/site.ts";

const folder = fileURLToPath(new URL(".", import.meta.url));

beforeAll(() => installInto(folder, ["parser", "client"]), 60_000);

test.for(["rxjs", "xstream", "zen-observable"])(
  "%s takes the events of a feed, and unsubscribes",
  async (library) => {
    const site = new Site(() => undefined);
    await site.listen();
    onTestFinished(() => site.close());
    const run = promisify(execFile)(
      process.execPath,
      ["main.mjs", library, `${site.url}events/a`],
      {
        cwd: folder,
      },
    );
    for (let eur = 1; eur <= 2; eur++) {
      await expect.poll(() => site.live("a"), { timeout: 10_000 }).toBe(1);
      site.send("a", eur);
    }
    expect((await run).stdout.trim()).toBe('{"eur":1} {"eur":2} idle');
    expect(site.live("a")).toBe(0);
  },
);
