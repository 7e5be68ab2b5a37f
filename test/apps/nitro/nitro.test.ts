import { fileURLToPath } from "node:url";
import { beforeAll } from "vitest";
import { serves } from "../serves.ts";
import { buildApp, startApp } from "../support/spawned.ts";

const here = fileURLToPath(new URL(".", import.meta.url));
beforeAll(() => buildApp(here), 300_000);

serves("Nitro, which Nuxt is built on", () => startApp(here, ".output/server/index.mjs"));
