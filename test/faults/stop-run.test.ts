// `stopRun()`: a mistake in its call is named, and its response holds nothing.
import { stopRun, type StopOptions } from "@steadfeed/client/store";
import { describe, expect, test } from "vitest";
import { until } from "../support/collect.ts";
import { serve } from "../support/server.ts";

describe("a mistake is named", () => {
  test.each<[unknown, RegExp]>([
    [null, /^The options of stopRun must be an object, not null\./],
    [5, /^The options of stopRun must be an object/],
    [Promise.resolve({}), /^The options of stopRun must be an object/],
    [{ header: {} }, /^stopRun has no option header: did you mean headers\?/],
    [{ method: "POST" }, /^stopRun has no option method/],
    [{ fetch: "fetch" }, /^fetch must be a function/],
    [{ credentials: true }, /^credentials must be /],
    [{ token: 5 }, /^token must be a string/],
    [{ headers: Promise.resolve({}) }, /^headers must not be a promise/],
  ])("%o", async (options, says) => {
    const failed = await stopRun("http://localhost:9/", options as StopOptions).catch(
      (error: unknown) => error,
    );
    expect(failed).toBeInstanceOf(TypeError);
    expect((failed as Error).message).toMatch(says);
  });

  test("options that are inherited do not count", async () => {
    const seen: (string | undefined)[] = [];
    const { url } = await serve((request, response) => {
      seen.push(request.headers.authorization);
      response.writeHead(204).end();
    });
    await stopRun(url, Object.create({ token: "inherited" }) as StopOptions);
    expect(seen).toEqual([undefined]);
  });
});

test.each([200, 404])("the endless body of an answer with %i is given up", async (status) => {
  const server = await serve((_, response) => {
    response.writeHead(status).write("more");
  });
  await stopRun(server.url).catch(() => undefined);
  await until(() => expect(server.answering).toBe(0));
});
