import { accessSync, constants, mkdtempSync, readdirSync, rmSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";

/** Programs that a fresh machine does not have. */
const hidden =
  /^(chrom|google-chrome|firefox|geckodriver|WebKitWebDriver|MiniBrowser|Xvfb|xvfb-run|redis-|nginx)/;

/** Variables that name such programs, or require them. */
const named = /^(CHROMIUM_PATH|FIREFOX_PATH|WEBKIT\w*|REDIS_SERVER|REQUIRE_\w+)$/;

/**
 * The environment of a machine without browsers, Redis and nginx: its PATH is one folder of links to everything else.
 *
 * @param {Record<string, string | undefined>} env
 * @returns {Record<string, string | undefined>}
 */
export function bareEnv(env) {
  const folder = mkdtempSync(join(tmpdir(), "steadfeed-bare-"));
  process.once("exit", () => rmSync(folder, { recursive: true, force: true }));
  const linked = new Set();
  for (const from of (env["PATH"] ?? "").split(delimiter)) {
    for (const name of programsIn(from)) {
      if (linked.has(name) || hidden.test(name)) continue;
      linked.add(name);
      symlinkSync(join(from, name), join(folder, name));
    }
  }
  const rest = Object.entries(env).filter(([key]) => !named.test(key));
  return { ...Object.fromEntries(rest), PATH: folder };
}

/** @param {string} folder */
function programsIn(folder) {
  try {
    return readdirSync(folder).filter((name) => isExecutable(join(folder, name)));
  } catch {
    return [];
  }
}

/** @param {string} path */
function isExecutable(path) {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
