import { execFile } from "node:child_process";
import {
  mkdirSync,
  mkdtempSync,
  readFileSync,
  realpathSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join, posix } from "node:path";
import { promisify } from "node:util";
import { gunzipSync } from "node:zlib";
import { isStarted, packages, report, root } from "./source.mjs";

const windows = process.platform === "win32";
const publint = `${root}node_modules/publint/src/cli.js`;
const attw = `${root}node_modules/@arethetypeswrong/cli/dist/index.js`;

const needed = [
  /^LICENSE$/,
  /^README\.md$/,
  /^dist\/index\.js$/,
  /^dist\/index\.d\.ts$/,
  /^src\/index\.ts$/,
];
const unwanted = /\.tsbuildinfo$|\.test\.|(^|\/)test\//;

/**
 * The faults in the files of a tarball.
 *
 * @param {string} name
 * @param {string[]} paths
 */
export function checkFiles(name, paths) {
  const missing = needed
    .filter((pattern) => !paths.some((path) => pattern.test(path)))
    .map((pattern) => `${name}: the tarball has no ${pattern.source.replace(/[\^$\\]/g, "")}.`);
  const extra = paths
    .filter((path) => unwanted.test(path))
    .map((path) => `${name}: the tarball holds ${path}, which nobody needs.`);
  return [...missing, ...extra];
}

/**
 * The source maps of a tarball that neither hold a source nor lead to one in it.
 *
 * @param {string} name
 * @param {ReadonlyMap<string, Buffer>} files
 */
export function checkMaps(name, files) {
  return [...files].flatMap(([path, bytes]) => {
    if (!path.endsWith(".js.map")) return [];
    /** @type {{ sources: string[], sourcesContent?: (string | null)[] }} */
    const { sources, sourcesContent } = JSON.parse(String(bytes));
    return sources
      .filter(
        (source, at) =>
          typeof sourcesContent?.[at] !== "string" &&
          !files.has(posix.join(posix.dirname(path), source)),
      )
      .map(
        (/** @type {string} */ source) =>
          `${name}: ${path} leads to ${source}, which is not there.`,
      );
  });
}

/**
 * The doors of a package: the modules that its users may import.
 *
 * @param {{ name: string, exports: Record<string, unknown> }} manifest
 */
export const doorsOf = ({ name, exports }) =>
  Object.keys(exports)
    .filter((door) => door !== "./package.json")
    .map((door) => name + door.slice(1));

/**
 * The files of a `.tgz` as pnpm writes them (names up to 255 bytes, all under `package/`).
 *
 * @param {Buffer} tgz
 * @returns {Map<string, Buffer>}
 */
export function untar(tgz) {
  const tar = gunzipSync(tgz);
  const files = new Map();
  let offset = 0;
  while (tar[offset]) {
    const text = (/** @type {number} */ start, /** @type {number} */ length) =>
      tar.toString("utf8", offset + start, offset + start + length).replace(/\0.*$/s, "");
    const size = Number.parseInt(text(124, 12), 8);
    const path = [text(345, 155), text(0, 100)].filter(Boolean).join("/");
    if (text(156, 1) === "0") {
      files.set(path.replace("package/", ""), tar.subarray(offset + 512, offset + 512 + size));
    }
    offset += 512 + Math.ceil(size / 512) * 512;
  }
  return files;
}

/**
 * Runs a command; when it fails, its output becomes a sentence of the report.
 *
 * @param {string} about
 * @param {string} command
 * @param {string[]} args
 * @param {import("node:child_process").ExecFileOptions} [options]
 */
async function ask(about, command, args, options) {
  try {
    await promisify(execFile)(command, args, options);
    return [];
  } catch (error) {
    const { stdout = "", stderr = "" } = /** @type {{ stdout?: string, stderr?: string }} */ (
      error
    );
    return [`${about}:\n${stdout}${stderr}`.trimEnd() || String(error)];
  }
}

/**
 * Packs one package and installs it in a project.
 *
 * @param {string} name
 * @param {string} folder the project
 */
async function install(name, folder) {
  const args = ["pack", "--silent", "--out", join(folder, `${name}.tgz`)];
  // The packages were just built; three builds at once would interfere with each other.
  args.push("--config.ignore-scripts=true");
  const cwd = `${root}packages/${name}`;
  const failed = await ask(`${name}: pnpm pack`, "pnpm", args, { cwd, shell: windows });
  if (failed.length > 0) throw new Error(failed[0]);
  const files = untar(readFileSync(join(folder, `${name}.tgz`)));
  const manifest = JSON.parse(String(files.get("package.json")));
  for (const [path, bytes] of files) {
    const target = join(folder, "node_modules", manifest.name, path);
    mkdirSync(dirname(target), { recursive: true });
    writeFileSync(target, bytes);
  }
  return { name, manifest, files };
}

/**
 * Gives the project the dependencies of the packages, as links to those installed here, so that no network is needed.
 *
 * @param {string} name
 * @param {Record<string, string>} dependencies
 * @param {string} folder
 */
function link(name, dependencies, folder) {
  for (const dependency of Object.keys(dependencies)) {
    if (dependency.startsWith("@steadfeed/")) continue;
    const target = join(folder, "node_modules", dependency);
    mkdirSync(dirname(target), { recursive: true });
    rmSync(target, { force: true });
    symlinkSync(
      realpathSync(`${root}packages/${name}/node_modules/${dependency}`),
      target,
      "junction",
    );
  }
}

/**
 * Installs the published files and their dependencies in a project that has installed other packages.
 *
 * @param {string} folder
 * @param {string[]} names
 */
export async function installInto(folder, names) {
  const installed = await Promise.all(names.map((each) => install(each, folder)));
  for (const { name, manifest } of installed) {
    rmSync(join(folder, `${name}.tgz`));
    link(name, manifest.dependencies ?? {}, folder);
  }
}

/**
 * Makes a folder a project with the published files installed.
 *
 * @param {string} folder
 */
export async function installAll(folder) {
  writeFileSync(join(folder, "package.json"), '{ "private": true }');
  const installed = await Promise.all(packages.map((name) => install(name, folder)));
  for (const { name, manifest } of installed) {
    link(name, { ...manifest.dependencies, ...manifest.peerDependencies }, folder);
  }
  return installed;
}

/** The newest TypeScript, and the oldest that README names. */
const compilers = ["typescript", "typescript-lowest"].map(
  (name) => `${root}node_modules/${name}/bin/tsc`,
);

/**
 * Whether the declarations compile for a project that has the DOM's types and none of Node's, and for the reverse.
 *
 * @param {string} folder
 * @param {string[]} doors
 */
function checkTypes(folder, doors) {
  const target = join(folder, "node_modules/@types");
  mkdirSync(target, { recursive: true });
  for (const name of ["node", "react"]) {
    const path = realpathSync(`${root}node_modules/@types/${name}`);
    symlinkSync(path, join(target, name), "junction");
  }
  // test/apps compiles those of the frameworks, next to their types.
  const frameworks = "react|vue|svelte|solid|angular";
  const dom = new RegExp(`server|/(node|${frameworks})$`);
  const projects = [
    { name: "dom", lib: ["es2023", "dom"], types: [], without: dom },
    { name: "node", lib: ["es2023"], types: ["node"], without: new RegExp(`/(${frameworks})$`) },
  ];
  return projects.flatMap(({ name, lib, types, without }) => {
    const files = [`types-${name}.mts`];
    const lines = doors
      .filter((door) => !without.test(door))
      .map((door, index) => `export * as door${index} from "${door}";`);
    writeFileSync(join(folder, files[0] ?? ""), lines.join("\n"));
    const how = { noEmit: true, strict: true, target: "es2022", module: "nodenext" };
    const compilerOptions = Object.assign(how, { lib, types });
    const config = `tsconfig.${name}.json`;
    writeFileSync(join(folder, config), JSON.stringify({ compilerOptions, files }));
    return compilers.map((tsc) =>
      ask(
        `types with ${lib.join(", ")} and ${types.join() || "none"} of Node's`,
        process.execPath,
        [tsc, "-p", config],
        {
          cwd: folder,
        },
      ),
    );
  });
}

/** @param {string} folder */
async function checkAll(folder) {
  const installed = await installAll(folder);
  const doors = installed.flatMap(({ manifest }) => doorsOf(manifest));
  const fail = "(error) => { console.error(error.message); process.exit(1); }";
  const opened = doors.flatMap((door) => [
    [`import("${door}")`, "--input-type=module", `import("${door}").catch(${fail})`],
    [
      `require("${door}")`,
      "--input-type=commonjs",
      `try { require("${door}") } catch (error) { (${fail})(error) }`,
    ],
  ]);
  const held = installed.flatMap(({ name, files }) =>
    checkFiles(name, [...files.keys()]).concat(checkMaps(name, files)),
  );
  const asked = await Promise.all([
    ...checkTypes(folder, doors),
    ...opened.map(([about = "", type = "", code = ""]) =>
      ask(about, process.execPath, [type, "--eval", code], { cwd: folder }),
    ),
    ...packages.flatMap((name) => [
      ask(`${name}: publint`, process.execPath, [publint, "--strict", `${name}.tgz`], {
        cwd: folder,
      }),
      ask(
        `${name}: attw`,
        process.execPath,
        [attw, "--profile", "esm-only", "--format", "ascii", `${name}.tgz`],
        { cwd: folder },
      ),
    ]),
  ]);
  return held.concat(...asked);
}

if (isStarted(import.meta.url)) {
  const folder = mkdtempSync(join(tmpdir(), "steadfeed-"));
  try {
    report(await checkAll(folder), `Packages: ${packages.join(", ")} are ready to publish.`);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
