import { afterEach, expect, test, vi } from "vitest";
import { until } from "../../support/collect.ts";
import { tabsOfOrigin } from "../../../packages/client/src/shared/tabs.ts";

afterEach(() => void vi.unstubAllGlobals());

/** A page, as far as tabs look at one. */
function page({ locks = {} }: { locks?: object | null } = {}) {
  const document = Object.assign(new EventTarget(), { visibilityState: "visible" });
  const self = new EventTarget();
  vi.stubGlobal("location", new URL("https://localhost/"));
  vi.stubGlobal("navigator", { locks });
  vi.stubGlobal("document", document);
  vi.stubGlobal("addEventListener", self.addEventListener.bind(self));
  return { document, self };
}

test("in Node there is no origin to share, although there are locks and channels", () => {
  expect(tabsOfOrigin()).toBeUndefined();
});

test("without locks (an insecure page) or without channels sharing is impossible", () => {
  page({ locks: null });
  expect(tabsOfOrigin()).toBeUndefined();
  page();
  expect(tabsOfOrigin()).toBeDefined();
  vi.stubGlobal("BroadcastChannel", undefined);
  expect(tabsOfOrigin()).toBeUndefined();
});

test("a tab knows whether it is visible; a worker counts as visible", () => {
  const { document } = page();
  const tabs = tabsOfOrigin()!;
  expect(tabs.shown).toBe(true);
  document.visibilityState = "hidden";
  expect(tabs.shown).toBe(false);
  vi.stubGlobal("document", undefined);
  expect(tabs.shown).toBe(true);
});

test("a frozen page is notified, until it unsubscribes", () => {
  const { document } = page();
  const heard: string[] = [];
  const unwatch = tabsOfOrigin()!.watch({
    left: () => void heard.push("left"),
    back: () => void heard.push("back"),
  });
  const go = (): void => {
    document.dispatchEvent(new Event("freeze"));
    document.dispatchEvent(new Event("resume"));
  };
  go();
  expect(heard).toEqual(["left", "back"]);
  unwatch();
  go();
  expect(heard).toHaveLength(2);
});

test("each end receives the other's messages, until they are closed", async () => {
  page();
  const tabs = tabsOfOrigin()!;
  const heard: unknown[] = [];
  const a = tabs.channel("steadfeed test", (message) => void heard.push(["a", message]));
  const b = tabs.channel("steadfeed test", (message) => void heard.push(["b", message]));
  a.post({ kind: "ask" });
  await until(() => expect(heard).toEqual([["b", { kind: "ask" }]]));
  a.close();
  b.close();
});

test("a lock is requested by its name", async () => {
  const request = vi.fn<(name: string, how: object, held: () => unknown) => unknown>(
    async (_, __, held) => held(),
  );
  page({ locks: { request } });
  const held = vi.fn<() => Promise<void>>(async () => undefined);
  await tabsOfOrigin()!.hold("name", { steal: true }, held);
  expect(request).toHaveBeenCalledWith("name", { steal: true }, held);
  expect(held).toHaveBeenCalledOnce();
});
