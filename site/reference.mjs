import { readFileSync, rmSync } from "node:fs";
import { join, relative } from "node:path";
import { fileURLToPath } from "node:url";
import { Application } from "typedoc";

const root = fileURLToPath(new URL("..", import.meta.url));

/** The doors of every published package, as `name/door` → the file that declares it. */
export function doors() {
  const packages = ["client", "server", "contract", "parser"];
  return packages.flatMap((folder) => {
    const { name, exports } = JSON.parse(readFileSync(`${root}packages/${folder}/package.json`));
    return Object.entries(exports).flatMap(([door, { types }]) =>
      // `./browser` is the main door again, for pages without a bundler.
      types === undefined || door === "./browser"
        ? []
        : [{ name: name + door.slice(1), file: join(root, "packages", folder, types) }],
    );
  });
}

/**
 * Writes a page for every export, from its docstring.
 *
 * @param {string} out the folder, which is emptied first
 */
export async function writeReference(out) {
  rmSync(out, { recursive: true, force: true });
  const app = await Application.bootstrapWithPlugins({
    plugin: ["typedoc-plugin-markdown", "typedoc-plugin-missing-exports"],
    placeInternalsInOwningModule: true,
    entryPoints: doors().map(({ file }) => file),
    tsconfig: `${root}site/tsconfig.json`,
    readme: "none",
    name: "Reference",
    excludeInternal: true,
    excludePrivate: true,
    excludeExternals: true,
    disableSources: true,
    // Named parts of other packages are linked from the page that declares them.
    validation: { notExported: false, invalidLink: true, notDocumented: true },
    requiredToBeDocumented: ["Class", "Interface", "Function", "TypeAlias", "Variable", "Enum"],
    router: "module",
    entryFileName: "index",
    hidePageHeader: true,
    hideBreadcrumbs: true,
    // VitePress numbers equal headings in its own way.
    useHTMLAnchors: true,
    useCodeBlocks: true,
    parametersFormat: "table",
    propertiesFormat: "table",
    typeAliasPropertiesFormat: "table",
    interfacePropertiesFormat: "table",
    enumMembersFormat: "table",
  });
  const project = await app.convert();
  if (!project)
    throw new Error("TypeDoc could not read the packages: build them first (npm run build).");
  // TypeDoc names a module by its file; readers know its import name.
  const names = new Map(doors().map(({ name, file }) => [moduleOf(file), name]));
  for (const door of project.children ?? []) door.name = names.get(door.name) ?? door.name;
  app.options.setValue("out", out);
  await app.generateOutputs(project);
  return project;
}

/** `…/packages/client/dist/shared.d.ts` → `client/dist/shared`, and an index is its folder. */
const moduleOf = (file) => relative(join(root, "packages"), file).replace(/(\/index)?\.d\.ts$/, "");

if (import.meta.main) await writeReference(`${root}site/pages/reference`);
