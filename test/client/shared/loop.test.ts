import { beforeEach, describe, expect, test } from "vitest";
import { FakePage } from "../../support/page.ts";
import { FakeBrowser, type Sharing } from "../../support/tabs.ts";
import { fakeClock, pass, settle } from "../../support/wire.ts";

fakeClock();

let browser: FakeBrowser;
let leader: Sharing;
let follower: Sharing;
beforeEach(async () => {
  browser = new FakeBrowser();
  leader = await browser.open();
  follower = await browser.open();
});

const asks = (): number => browser.origin.said.filter(({ kind }) => kind === "ask").length;

describe("heartbeats", () => {
  test("a leader that sends events is not pinged", async () => {
    const before = asks();
    for (let beat = 0; beat < 10; beat++) {
      browser.publish();
      await pass(1000);
    }
    expect(asks()).toBe(before);
  });

  test("a quiet leader is pinged every other second by visible tabs only", async () => {
    const before = asks();
    await pass(10_000);
    expect(asks() - before).toBe(5);
    follower.tab.shown = false;
    await pass(60_000);
    expect(asks() - before).toBe(5);
  });

  test("a leader that hangs for less than three heartbeats stays", async () => {
    leader.tab.hang();
    await pass(2500);
    await leader.tab.goOn();
    await pass(10_000);
    expect(browser.wire.requests).toHaveLength(1);
  });

  test("no tab takes over while none is visible; then one does", async () => {
    follower.tab.shown = false;
    leader.tab.hang();
    await pass(60_000);
    expect(browser.wire.requests).toHaveLength(1);
    follower.tab.shown = true;
    await pass(5000);
    expect(browser.leader).toBe(follower);
  });
});

test("a tab that joins while the leader hangs takes over as soon as any other", async () => {
  follower.feed.close();
  leader.tab.hang();
  const late = await browser.open();
  await pass(5000);
  expect(browser.leader).toBe(late);
  expect(late.feed.state).toBe("open");
});

test("a page that is restored after its feed was closed stays out", async () => {
  follower.tab.leave();
  follower.feed.close();
  follower.tab.comeBack();
  await settle();
  leader.feed.close();
  await settle();
  expect(browser.wire.live).toHaveLength(0);
});

test("a tab that left before it had joined makes no request", async () => {
  const quick = await browser.open({ key: "another" }, { subscribe: false });
  quick.feed.subscribe("*", () => undefined).close();
  await settle();
  await pass(5000);
  expect(browser.wire.requests).toHaveLength(1);
  expect(browser.origin.names).toHaveLength(1);
});

describe("a page that gives up its connection", () => {
  test("once it is hidden, with hidden: 'pause': another tab leads, and it misses nothing", async () => {
    const page = new FakePage();
    for (const { feed } of [leader, follower]) feed.close();
    await settle();
    const pausing = await browser.open({ hidden: "pause" });
    const keeping = await browser.open();
    browser.publish();
    await settle();
    page.hidden(true);
    await pass(6000);
    expect(pausing.told.at(-1)).toMatchObject({ kind: "waiting", error: { code: "hidden" } });
    expect(browser.leader).toBe(keeping);
    browser.publish();
    await settle();
    page.hidden(false);
    await settle();
    expect([pausing.data, keeping.data]).toEqual([
      ["1", "2"],
      ["1", "2"],
    ]);
    keeping.feed.close();
    await settle();
    page.hidden(true);
    await pass(6000);
    expect(browser.wire.live).toHaveLength(0);
    pausing.feed.close();
    await settle();
    expect(page.listeners).toBe(0);
  });

  test("with hidden: 'pause', also when the browser freezes and thaws it", async () => {
    const page = new FakePage();
    for (const { feed } of [leader, follower]) feed.close();
    await settle();
    const pausing = await browser.open({ hidden: "pause" });
    page.hidden(true);
    await pass(6000);
    pausing.tab.leave();
    pausing.tab.comeBack();
    await settle();
    expect(browser.wire.live).toHaveLength(0);
    expect(pausing.feed.state).toBe("waiting");
    page.hidden(false);
    await settle();
    expect(pausing.feed.state).toBe("open");
  });

  test("in the back/forward cache: it is notified, and resumes at its position", async () => {
    const page = new FakePage();
    for (const { feed } of [leader, follower]) feed.close();
    await settle();
    const alone = await browser.open();
    browser.publish();
    await settle();
    page.leave();
    await settle();
    expect(browser.wire.live).toHaveLength(0);
    expect(alone.feed.state).toBe("waiting");
    browser.publish();
    await page.return();
    await settle();
    expect([alone.feed.state, alone.data]).toEqual(["open", ["1", "2"]]);
  });
});
