// The suite in a page.
import { expect, inject, test } from "vitest";
import { scenarios } from "../suite/scenarios.ts";
import { Stage } from "../suite/stage.ts";
import { encodesTwice } from "./engine.ts";

test.each(Object.entries(scenarios))("%s", async (name, scenario) => {
  const outcome = await scenario(new Stage(inject("stageUrl"))).then(
    () => "as it should be",
    (error: unknown) => String(error),
  );
  // The header arrives twice encoded (see feed.test.ts), so the server does not know the cursor, and begins anew.
  const fails = encodesTwice && name.includes("non-ASCII");
  expect(outcome).toMatch(fails ? /It is .*"with id","with id"/ : /^as it should be$/);
});
