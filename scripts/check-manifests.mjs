import { existsSync, readFileSync, readdirSync, writeFileSync } from "node:fs";
import { isDeepStrictEqual } from "node:util";
import { isStarted, report, root } from "./source.mjs";

/**
 * The origin fields of a package, taken from the repository's own package.json.
 *
 * @param {{ homepage: string, bugs: object, repository: { type: string, url: string } }} whole
 * @param {string} name the package's folder
 */
export function originOf({ homepage, bugs, repository }, name) {
  const directory = `packages/${name}`;
  return {
    homepage: homepage.replace("#", `/tree/main/${directory}#`),
    bugs,
    repository: { ...repository, url: `git+${repository.url}.git`, directory },
  };
}

/**
 * The targets of `imports` that Metro, React Native's bundler, refuses: those that are not a file of the package. A
 * single one makes all of them fail.
 *
 * @param {string} name
 * @param {{ imports?: Record<string, Record<string, string>> }} manifest
 */
export const strangeTargets = (name, { imports = {} }) =>
  Object.entries(imports).flatMap(([key, targets]) =>
    Object.values(targets)
      .filter((target) => !target.startsWith("./"))
      .map((target) => `packages/${name}: ${key} leads to ${target}, which is no file of its own.`),
  );

/** @param {string} path */
const read = (path) => JSON.parse(readFileSync(path, "utf8"));

if (isStarted(import.meta.url)) {
  const whole = read(`${root}package.json`);
  const writes = process.argv.includes("--write");
  const wrong = readdirSync(`${root}packages`).flatMap((name) => {
    const path = `${root}packages/${name}/package.json`;
    if (!existsSync(path)) return [];
    const manifest = read(path);
    const strange = strangeTargets(name, manifest);
    const right = { ...manifest, ...originOf(whole, name) };
    if (isDeepStrictEqual(right, manifest)) return strange;
    if (!writes)
      return strange.concat(
        `packages/${name}/package.json: run node scripts/check-manifests.mjs --write.`,
      );
    writeFileSync(path, `${JSON.stringify(right, null, 2)}\n`);
    return strange;
  });
  report(wrong, "Each package says where it comes from.");
}
