import { fileURLToPath } from "node:url";
import { LinkChecker, LinkState } from "linkinator";

/** Follows every link and anchor of the built site, except to other hosts. Throws with all broken ones. */
export async function checkSite() {
  const path = fileURLToPath(new URL("dist/", import.meta.url));
  const { links } = await new LinkChecker().check({
    path: ["**/*.html"],
    serverRoot: path,
    checkFragments: true,
    linksToSkip: async (link) => !/^http:\/\/(localhost|127\.0\.0\.1)[:/]/.test(link),
  });
  const broken = links.filter(({ state }) => state === LinkState.BROKEN);
  for (const { url, parent } of broken)
    console.error(`${parent} links to ${url}, which is not there.`);
  if (broken.length > 0) throw new Error(`${broken.length} links lead nowhere.`);
  console.log(`${links.length} links lead somewhere.`);
}

if (import.meta.main) await checkSite();
