import { expect, test } from "vitest";
import { FakePage } from "../support/page.ts";
import { fakeClock, listening, pass } from "../support/wire.ts";

fakeClock();

test("a network that comes and goes makes few requests: 24 events in 20 s", async () => {
  const page = new FakePage();
  const { wire } = await listening((request) => request.reset());
  const before = wire.requests.length;
  for (let count = 0; count < 24; count++) {
    page.online(false);
    page.online(true);
    await pass(833);
  }
  expect(wire.requests.length - before).toBeLessThanOrEqual(12);
});

test("a hundred of them in one second make no more than a few", async () => {
  const page = new FakePage();
  const { wire } = await listening((request) => request.reset());
  for (let count = 0; count < 100; count++) {
    page.online(false);
    page.online(true);
    await pass(10);
  }
  expect(wire.requests.length).toBeLessThanOrEqual(4);
});
