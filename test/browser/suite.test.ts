// The suite in a page.
import { expect, inject, test } from "vitest";
import { scenarios } from "../suite/scenarios.ts";
import { Stage } from "../suite/stage.ts";

test.each(Object.entries(scenarios))("%s", async (_, scenario) => {
  await expect(scenario(new Stage(inject("stageUrl")))).resolves.toBeUndefined();
});
