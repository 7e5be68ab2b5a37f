// Some seconds of it at each change; `pnpm chaos` is the long form.
import { expect, test } from "vitest";
import { faultsOf, storm } from "./storm.ts";

const seconds = 20;
const feeds = 60;

test("whatever breaks between them, each subscriber gets every event once or is told that it is gone", async () => {
  const seed = Date.now() % 2 ** 31;
  const report = await storm({ seconds, seed, feeds, log: "memory" });
  const again = `pnpm chaos --seconds ${seconds} --seed ${seed} --feeds ${feeds}`;
  expect(faultsOf(report), `again: ${again}`).toEqual([]);
  // It was a storm.
  expect(Object.keys(report.faultsSurvived).length).toBeGreaterThan(9);
  expect(report.received).toBeGreaterThan(report.published);
  expect(Object.keys(report.gaps).length).toBeGreaterThan(0);
}, 120_000);
