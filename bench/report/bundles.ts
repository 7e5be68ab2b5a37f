import { bundle } from "../../scripts/size.mjs";
import type { Target } from "./targets.ts";

const feed = 'export { Feed } from "@steadfeed/client";';

/** What a page loads, and what it loads more than `Feed`. */
const bundles: readonly (readonly [what: string, code: string, beside: string, atMost: number])[] =
  [
    ["`Feed`", feed, "", 8192],
    [
      "`EventSource`, beyond `Feed`",
      'export { EventSource } from "@steadfeed/client/eventsource";',
      feed,
      900,
    ],
    ["`useFeed`, beyond `Feed`", 'export { useFeed } from "@steadfeed/client/react";', feed, 1100],
    [
      "`SharedFeed`, beyond `Feed`",
      'export { SharedFeed } from "@steadfeed/client/shared";',
      feed,
      2600,
    ],
    ["the parser", 'export { createParser } from "@steadfeed/parser";', "", 3072],
  ];

export function bundleTargets(): Promise<Target[]> {
  return Promise.all(
    bundles.map(async ([what, code, beside, atMost]): Promise<Target> => {
      const { bytes } = await bundle(code);
      const more = beside === "" ? bytes : bytes - (await bundle(beside)).bytes;
      return {
        what: `Bundle for a browser, minified and gzipped: ${what}`,
        asked: `at most ${atMost} B`,
        measured: `${more} B`,
        held: more <= atMost,
      };
    }),
  );
}
