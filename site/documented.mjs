import { readdirSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { ReflectionKind } from "typedoc";
import { doors } from "./reference.mjs";

const docs = fileURLToPath(new URL("../docs/", import.meta.url));
const options = /(Options|Timeouts|Limits|Settings)$/;
const codes = /^(FeedErrorCode|ServerErrorCode)$/;

/**
 * Missing documentation: exports without a docstring, and options and error codes without an explanation in a page of
 * `docs/`.
 *
 * @param {import("typedoc").ProjectReflection} project
 */
export function undocumented(project) {
  const pages = readdirSync(docs)
    .filter((name) => name.endsWith(".md"))
    .map((name) => readFileSync(docs + name, "utf8"))
    .join("\n");
  const shown = (/** @type {string} */ name) =>
    new RegExp(`[\`.'" ]${name.replaceAll(/[^\w-]/g, "")}[\`'"(:?, ]`).test(pages);
  const declared = project.getReflectionsByKind(
    ReflectionKind.Interface |
      ReflectionKind.Class |
      ReflectionKind.Function |
      ReflectionKind.TypeAlias,
  );
  const exported = new Map(doors().map(({ name, file }) => [name, readFileSync(file, "utf8")]));
  // The reference also shows types that an export consists of. They cannot be imported.
  const isExport = (/** @type {import("typedoc").Reflection} */ { name, parent }) =>
    new RegExp(`export( \\w+)* ${name}\\b|export( type)? {[^}]*\\b${name}\\b`).test(
      exported.get(parent?.name ?? "") ?? "",
    );
  const silent = declared
    .filter(
      (each) =>
        each.isDeclaration() &&
        each.parent?.kind === ReflectionKind.Module &&
        isExport(each) &&
        !hasText(each),
    )
    .map((each) => `${each.getFullName()} has no docstring.`);
  const hidden = declared
    .filter(({ name }) => options.test(name))
    .flatMap((each) => (each.isDeclaration() ? (each.children ?? []) : []))
    .filter(({ name }) => !shown(name))
    .map((each) => `No page of docs/ has the option ${each.getFullName()}.`);
  const unexplained = declared
    .filter(({ name }) => codes.test(name))
    .flatMap((each) => (each.isDeclaration() && each.type?.type === "union" ? each.type.types : []))
    .flatMap((type) => (type.type === "literal" ? [String(type.value)] : []))
    .filter((code) => !shown(code))
    .map((code) => `No page of docs/ has the error code ${code}.`);
  return [...silent, ...hidden, ...unexplained];
}

/** @param {import("typedoc").DeclarationReflection} each */
const hasText = (each) =>
  each.hasComment() || (each.signatures ?? []).some((signature) => signature.hasComment());
