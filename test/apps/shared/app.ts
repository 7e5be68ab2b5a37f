// What every client of others is held to: with plain fetch it loses, with a steady one it does not.
import { appendFileSync } from "node:fs";
import type { ServerResponse } from "node:http";
import { describe, expect, test } from "vitest";
import { refuse, serve, somewhere, threeCuts, type Asked, type Cut, type How } from "./line.ts";

type Fetch = typeof globalThis.fetch;

export interface App {
  /** The answer, in the pieces that the client gives. */
  readonly words: readonly string[];
  /** Reads one answer: adds each piece as it comes. */
  ask(url: string, fetch: Fetch, got: string[], signal: AbortSignal): Promise<void>;
  /** Answers a request: with the model, or (returns `false`) from what is kept of its answer. */
  answer(asked: Asked, response: ServerResponse, cut: Cut | undefined): boolean;
  /** A fetch that resumes; the request's refusal, and what the client's own error for it has. */
  steady(): Fetch;
  /** The part of an answer that is needed to know where it goes on, from 0 to 1. Default: none of it. */
  readonly resumesFrom?: number;
  readonly refusal: { readonly status: number; readonly body: unknown; readonly error: object };
}

const seed = Number(process.env["SEED"] ?? Date.now() % 100_000);
const never = new AbortController().signal;

/** How one answer went that was cut so often. */
async function run(app: App, fetch: Fetch, cuts: readonly Cut[]) {
  let models = 0;
  const server = await serve((asked, response) => {
    if (app.answer(asked, response, cuts[asked.number - 1])) models++;
  });
  const got: string[] = [];
  const error = await app.ask(server.url, fetch, got, never).then(
    () => undefined,
    (thrown: unknown) => thrown ?? "thrown",
  );
  return { got, error, models, server };
}

/** What does not end by itself. */
const within = <T>(ms: number, promise: Promise<T>): Promise<T | undefined> =>
  Promise.race([promise, new Promise<undefined>((resolve) => setTimeout(resolve, ms))]);

/** What became of an answer, as `docs/losses.md` says it. Silence is waited for so long, in ms. */
const patienceMs = 3000;

/** With `LOSSES`, the name of a file, each client's row of the table is added to it. */
export function measuring(
  name: string,
  resumes: boolean,
  cell: (way: "plain" | "steady", how: How) => Promise<string>,
): void {
  const file = process.env["LOSSES"];
  if (file === undefined) return;
  test(`${name}: measured losses`, { timeout: 120_000 }, async () => {
    const row: Record<string, unknown> = { name, resumes };
    for (const way of ["plain", "steady"] as const) {
      const cells: string[] = [];
      for (const how of ["reset", "end", "silence"] as const) cells.push(await cell(way, how));
      row[way] = cells;
    }
    appendFileSync(file, `${JSON.stringify(row)}\n`);
    expect(row).toHaveProperty("steady");
  });
}

/** In the middle of an answer, and early and late. */
async function outcome(app: App, way: "plain" | "steady", how: How): Promise<string> {
  const found = new Set<string>();
  for (const at of [0.3, 0.5, 0.7]) {
    const fetch = way === "plain" ? globalThis.fetch : app.steady();
    const end = await within(patienceMs, run(app, fetch, [{ at, how }]));
    if (end === undefined) found.add("waits for ever");
    else if (end.error !== undefined) found.add("an error");
    else if (end.got.length < app.words.length) found.add("a short answer, no error");
    else found.add("whole");
  }
  return [...found].join("; ");
}

export function healing(name: string, app: App): void {
  measuring(name, true, (way, how) => outcome(app, way, how));
  describe(`${name}, seed ${seed}`, () => {
    test("an answer that is reset, ended and stalled arrives complete, and the model runs once", async () => {
      const { resumesFrom: from = 0 } = app;
      const cuts = threeCuts(seed).map(({ at, how }) => ({ at: from + (1 - from) * at, how }));
      const { got, error, models } = await run(app, app.steady(), cuts);
      expect({ got, error, models }).toEqual({ got: app.words, error: undefined, models: 1 });
    });

    test.for(["reset", "end"] as const)(
      "plain fetch loses the answer to a single %s",
      async (how) => {
        // Not after its last word.
        const { got } = await run(app, globalThis.fetch, [{ at: somewhere(seed) * 0.6, how }]);
        expect(got).not.toEqual(app.words);
      },
    );

    test("plain fetch waits forever after a single stall", async () => {
      const reading = run(app, globalThis.fetch, [{ at: somewhere(seed), how: "silence" }]);
      expect(await within(1000, reading)).toBeUndefined();
    });
  });
  common(name, app);
}

export function failing(name: string, app: App): void {
  measuring(name, false, (way, how) => outcome(app, way, how));
  describe(`${name}, seed ${seed}`, () => {
    test.for(["reset", "end", "silence"] as const)(
      "an answer cut by a %s is an error, never a shorter answer",
      async (how: How) => {
        for (let at = 0; at < 5; at++) {
          const cuts = [{ at: somewhere(seed + at), how }];
          const { got, error, models } = await run(app, app.steady(), cuts);
          expect([error !== undefined, models], `${at}`).toEqual([true, 1]);
          expect(app.words.slice(0, got.length)).toEqual(got);
        }
      },
    );

    test("an uncut answer arrives complete", async () => {
      const { got, error } = await run(app, app.steady(), []);
      expect({ got, error }).toEqual({ got: app.words, error: undefined });
    });

    test("plain fetch takes a clean end for a complete, shorter answer", async () => {
      const cut = { at: app.words.length > 3 ? 0.5 : somewhere(seed), how: "end" } as const;
      const { got } = await run(app, globalThis.fetch, [cut]);
      expect(got.length).toBeLessThan(app.words.length);
    });
  });
  common(name, app);
}

function common(name: string, app: App): void {
  test(`${name}: a refusal is reported as the client's own error`, async () => {
    const { status, body, error } = app.refusal;
    for (const fetch of [globalThis.fetch, app.steady()]) {
      const server = await serve((_, response) => refuse(response, status, body));
      await expect(app.ask(server.url, fetch, [], never)).rejects.toMatchObject(error);
    }
  });

  test(`${name}: abort also reaches the server, and makes no further request`, async () => {
    for (const fetch of [globalThis.fetch, app.steady()]) {
      const server = await serve((asked, response) => {
        app.answer(asked, response, { at: 0.6, how: "silence" });
      });
      const [controller, got] = [new AbortController(), [] as string[]];
      const asking = app.ask(server.url, fetch, got, controller.signal).catch(() => "thrown");
      // Sooner than the silence is a reason to ask again.
      await expect.poll(() => got.length, { interval: 5 }).toBeGreaterThan(0);
      controller.abort();
      await asking;
      await expect.poll(() => server.open).toBe(0);
      expect(server.asked).toHaveLength(1);
    }
  });
}
