// What each framework renders on a server: an idle feed, and no request. Pages are in test/browser.
import { useFeed as useReact, useSuspenseFeed } from "@steadfeed/client/react";
import { createElement, Suspense } from "react";
import { renderToString as renderReact } from "react-dom/server";
import { expect, test, vi } from "vitest";
import { rendered, textOf, url } from "../support/rendered.ts";

test.for(Object.entries(rendered))(
  "%s renders an idle feed on a server, without a request",
  async ([, render]) => {
    const fetch = vi.fn<() => Promise<Response>>();
    const text = await render({ fetch });
    // Also when it is opened later.
    await new Promise((resolve) => setTimeout(resolve, 50));
    expect(text).toContain("idle undefined 0");
    expect(fetch).not.toHaveBeenCalled();
  },
);

test("a component that suspends renders its fallback on a server, without a request", async () => {
  const fetch = vi.fn<() => Promise<Response>>();
  const Price = () => createElement("p", null, useSuspenseFeed(url, { fetch }).data);
  const page = createElement(Suspense, { fallback: "waits" }, createElement(Price));
  expect(renderReact(page)).toContain("waits");
  await new Promise((resolve) => setTimeout(resolve, 50));
  expect(fetch).not.toHaveBeenCalled();
});

test("an invalid option is reported while rendering", () => {
  const wrong = () => createElement(() => textOf(useReact(url, { history: -1 })));
  expect(() => renderReact(wrong())).toThrow(
    new TypeError("history must be an integer ≥ 0, not -1."),
  );
});
