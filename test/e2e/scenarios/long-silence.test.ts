import { expect, onTestFinished, test, vi } from "vitest";
import { dataOf, kindsOf, statuses } from "../../support/collect.ts";
import { feedOf } from "../../support/feeds.ts";
import { openStream, serve } from "../../support/server.ts";

// Alone in its file: undici has one timer for all, which has to start on the fake clock.
test("ten minutes without a byte do not close the connection, before the head or after it", async () => {
  let answer = (): void => undefined;
  let write = (): void => undefined;
  const server = await serve((_request, response) => {
    answer = () => {
      openStream(response);
      write = () => void response.write("data: late\n\n");
    };
  });
  vi.useFakeTimers({ toFake: ["setTimeout", "setInterval", "Date", "performance"] });
  onTestFinished(() => void vi.useRealTimers());
  const feed = feedOf(server.url, {});
  const told = statuses(feed);
  const data = dataOf(feed);
  /** Waits for the sockets, which know no fake clock. */
  const until = async (holds: () => boolean): Promise<void> => {
    while (!holds() && !kindsOf(told).includes("waiting")) await new Promise(setImmediate);
  };
  await until(() => server.requests === 1);
  await vi.advanceTimersByTimeAsync(600_000);
  answer();
  await until(() => feed.state === "open");
  await vi.advanceTimersByTimeAsync(600_000);
  write();
  await until(() => data.length > 0);
  expect(kindsOf(told).filter((kind) => kind !== "still")).toEqual(["connecting", "open"]);
  expect(data).toEqual(["late"]);
});
