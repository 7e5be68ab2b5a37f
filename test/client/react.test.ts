// Rendering on a server. What a page sees is in test/browser/react.test.tsx.
import { useFeed } from "@steadfeed/client/react";
import { createElement } from "react";
import { renderToString } from "react-dom/server";
import { expect, test, vi } from "vitest";

test("a page that is rendered on a server shows an idle feed, and asks no one", () => {
  const fetch = vi.fn<() => Promise<Response>>();
  function Prices() {
    const { state, data, events } = useFeed("/prices", { fetch });
    return createElement("p", null, `${state} ${String(data)} ${events.length}`);
  }
  expect(renderToString(createElement(Prices))).toBe("<p>idle undefined 0</p>");
  expect(fetch).not.toHaveBeenCalled();
});

test("a history that is no number of events is told at once", () => {
  function Wrong() {
    useFeed("/prices", { history: -1 });
    return null;
  }
  expect(() => renderToString(createElement(Wrong))).toThrow(
    new TypeError("history must be an integer ≥ 0, not -1."),
  );
});
