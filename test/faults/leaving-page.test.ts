// A page that is put into the back/forward cache says so, whatever its feed was doing just then.
import { expect, test } from "vitest";
import { lastOf } from "../support/collect.ts";
import { FakePage } from "../support/page.ts";
import { fakeClock, listening, pass, settle } from "../support/wire.ts";

fakeClock();

test("while it waits to retry, as in WebKit, where the connection breaks before the page gets its event", async () => {
  const page = new FakePage();
  const { wire, feed, told } = await listening((request, number) => {
    request.answer();
    if (number === 1) request.events(1).reset();
  });
  expect(lastOf(told, "waiting").error.code).toBe("network");
  page.leave();
  expect(lastOf(told, "waiting")).toMatchObject({ delayMs: Infinity, error: { code: "hidden" } });
  await pass(600_000);
  expect(wire.requests).toHaveLength(1);
  await page.return();
  await settle();
  expect([feed.state, wire.requests.length, wire.last.lastEventId]).toEqual(["open", 2, "1"]);
});

test("but a wait that the server asked for is kept, and ends on time", async () => {
  const page = new FakePage();
  const { wire, feed, told } = await listening((request, number) => {
    if (number === 1) request.answer({ status: 503, headers: { "Retry-After": "60" } });
    else request.answer();
  });
  await settle();
  expect(lastOf(told, "waiting").error.code).toBe("status");
  page.leave();
  await pass(1000);
  await page.return();
  await settle();
  expect([feed.state, wire.requests.length]).toEqual(["waiting", 1]);
  await pass(70_000);
  expect([feed.state, wire.requests.length]).toEqual(["open", 2]);
});
