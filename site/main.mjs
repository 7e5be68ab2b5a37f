// `pnpm run docs` serves the site, `pnpm run docs build` builds it into site/dist and checks every link.
import { execFileSync } from "node:child_process";
import { fileURLToPath } from "node:url";

const site = fileURLToPath(new URL(".", import.meta.url));
const [command = "dev", ...rest] = process.argv.slice(2);

execFileSync("pnpm", ["install", "--frozen-lockfile", "--loglevel=error"], {
  cwd: site,
  stdio: "inherit",
});
const { writePages } = await import("./pages.mjs");
const project = await writePages();
const { build, createServer } = await import("vitepress");
if (command === "build") {
  const { undocumented } = await import("./documented.mjs");
  const missing = undocumented(project);
  if (missing.length > 0) throw new Error(missing.join("\n"));
  await build(site);
  const { checkSite } = await import("./links.mjs");
  await checkSite();
} else {
  const server = await createServer(site, { port: Number(rest[0] ?? 5173) });
  await server.listen();
  server.printUrls();
}
