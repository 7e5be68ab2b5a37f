// One component's listener throws: the others, and the next update, are not affected.
import { FeedBinding } from "@steadfeed/client/store";
import { expect, onTestFinished, test } from "vitest";
import { printed } from "../support/escapes.ts";
import { playLog } from "../support/play.ts";

test.each(["its own", "another"])("%s listener that throws stops no update", async (whose) => {
  const errors = printed();
  const { url } = await playLog(1);
  const first = new FeedBinding();
  const second = whose === "another" ? new FeedBinding() : first;
  for (const binding of [first, second]) binding.show(url);
  const boom = new Error("boom");
  const seen: unknown[] = [];
  onTestFinished(
    first.subscribe(() => {
      throw boom;
    }),
  );
  onTestFinished(second.subscribe(() => void seen.push(second.getSnapshot().data)));
  await expect.poll(() => seen.at(-1)).toBe("1");
  expect(errors.flat()).toContain(boom);
});
