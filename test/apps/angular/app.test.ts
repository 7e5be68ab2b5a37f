import { join } from "node:path";
import { testApp } from "../support/app.ts";
import { scriptsIn } from "../support/pages.ts";

testApp("../angular", async (app) => {
  const { reqHandler } = await import(join(app, "dist/server/server.mjs"));
  return scriptsIn(join(app, "dist/browser"), reqHandler);
});
