import { useFeed } from "@steadfeed/client/react";
import { createElement, useState } from "react";
import { flushSync } from "react-dom";
import { createRoot } from "react-dom/client";
import type { FeedSource } from "@steadfeed/client/store";
import { textOf, type Mount } from "./mounted.ts";

export const mount: Mount = (element, first, options) => {
  let show!: (next: FeedSource) => void;
  let reconnect!: () => void;
  function Shown() {
    const [source, setSource] = useState(() => first);
    const feed = useFeed(source as string, options);
    show = (next) => setSource(() => next);
    ({ reconnect } = feed);
    return createElement("p", null, textOf(feed));
  }
  const root = createRoot(element);
  // React renders when it finds time, and `show` exists only then.
  flushSync(() => root.render(createElement(Shown)));
  return {
    show: (next) => show(next),
    reconnect: () => reconnect(),
    unmount: () => root.unmount(),
  };
};
