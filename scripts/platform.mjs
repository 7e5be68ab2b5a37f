import { build } from "esbuild";
import { parseSync, visitorKeys } from "oxc-parser";
import { root } from "./source.mjs";

/** The doors for pages. */
export const doors = {
  Feed: 'export * from "@steadfeed/client"',
  EventSource: 'export * from "@steadfeed/client/eventsource"',
  SharedFeed: 'export * from "@steadfeed/client/shared"',
  steadyFetch: 'export * from "@steadfeed/client/fetch"',
  store: 'export * from "@steadfeed/client/store"',
  React: 'export * from "@steadfeed/client/react"',
  Vue: 'export * from "@steadfeed/client/vue"',
  Svelte: 'export * from "@steadfeed/client/svelte"',
  Solid: 'export * from "@steadfeed/client/solid"',
  Angular: 'export * from "@steadfeed/client/angular"',
  observe: 'export * from "@steadfeed/client/observable"',
  parser: 'export * from "@steadfeed/parser"',
};

/**
 * The platform features of a bundle for browsers: syntax, global names, and members that not all browsers have.
 *
 * @param {string} code
 * @param {ReadonlySet<string>} members Names of members to look for.
 */
export async function needsOf(code, members) {
  const { outputFiles } = await build({
    stdin: { contents: code, resolveDir: root },
    bundle: true,
    // Then every remaining name is a global one.
    minifyIdentifiers: true,
    format: "esm",
    platform: "browser",
    target: "esnext",
    external: ["@angular/core", "react", "solid-js", "svelte/*", "vue"],
    write: false,
    logLevel: "silent",
  });
  return needsOfText(outputFiles[0]?.text ?? "", members);
}

/**
 * @param {string} text
 * @param {ReadonlySet<string>} members
 */
export function needsOfText(text, members) {
  /** @type {Set<string>} */
  const needs = new Set();
  /** @type {Set<string>} */
  const declared = new Set();
  /** @type {Set<string>} */
  const named = new Set();
  /** @param {any} node @param {any} parent @param {string} key */
  const walk = (node, parent, key) => {
    const syntax = syntaxOf(node);
    if (syntax) needs.add(syntax);
    if (node.type === "Identifier") {
      const isMember =
        (key === "property" && parent.type === "MemberExpression" && !parent.computed) ||
        (key === "key" && !parent.computed);
      if (members.has(node.name) && isMember) needs.add(`.${node.name}`);
      else if (parent.object?.name === "globalThis") named.add(node.name);
      else if (!isMember && !/^(Ex|Im)portSpecifier$/.test(parent.type)) named.add(node.name);
    }
    if (isBinding(parent, key)) for (const name of namesOf(node)) declared.add(name);
    for (const each of visitorKeys[node.type] ?? []) {
      for (const child of [node[each]].flat()) if (child) walk(child, node, each);
    }
  };
  walk(parseSync("bundle.js", text).program, { type: "" }, "");
  for (const name of named) if (!declared.has(name)) needs.add(name);
  return [...needs].toSorted();
}

const functions = new Set(["FunctionDeclaration", "FunctionExpression", "ArrowFunctionExpression"]);

/** @param {any} parent @param {string} key */
function isBinding(parent, key) {
  if (parent.type === "VariableDeclarator") return key === "id";
  if (functions.has(parent.type)) return key === "params" || key === "id";
  if (/^Import\w*Specifier$/.test(parent.type)) return key === "local";
  if (parent.type === "ClassDeclaration" || parent.type === "ClassExpression") return key === "id";
  if (parent.type === "LabeledStatement") return key === "label";
  return parent.type === "CatchClause" && key === "param";
}

/** The names that a pattern binds. @param {any} node @returns {string[]} */
function namesOf(node) {
  switch (node.type) {
    case "Identifier":
      return [node.name];
    case "ObjectPattern":
      return node.properties.flatMap((/** @type {any} */ each) =>
        namesOf(each.value ?? each.argument),
      );
    case "ArrayPattern":
      return node.elements.flatMap((/** @type {any} */ each) => (each ? namesOf(each) : []));
    case "AssignmentPattern":
      return namesOf(node.left);
    case "RestElement":
      return namesOf(node.argument);
    default:
      return [];
  }
}

/** Syntax that came after ES2018. @param {any} node */
function syntaxOf(node) {
  switch (node.type) {
    case "PropertyDefinition":
      if (node.static) return "static fields";
      return node.key.type === "PrivateIdentifier" ? "private fields" : "public fields";
    case "MethodDefinition":
      return node.key.type === "PrivateIdentifier" ? "private methods" : undefined;
    case "BinaryExpression":
      return node.left.type === "PrivateIdentifier" ? "#x in" : undefined;
    case "StaticBlock":
      return "static blocks";
    case "ChainExpression":
      return "?.";
    case "LogicalExpression":
      return node.operator === "??" ? "??" : undefined;
    case "AssignmentExpression":
      return /^(\?\?|\|\||&&)=$/.test(node.operator) ? "??=, ||=, &&=" : undefined;
    case "CatchClause":
      return node.param ? undefined : "catch without a name";
    case "ForOfStatement":
      return node.await ? "for await" : undefined;
    case "Literal":
      if (typeof node.value === "bigint") return "BigInt";
      if (!node.regex) return undefined;
      if (/\(\?<[=!]/.test(node.regex.pattern)) return "lookbehind";
      if (/\(\?<\w/.test(node.regex.pattern)) return "named groups";
      if (/\(\?[ims-]+:/.test(node.regex.pattern)) return "modifiers of a regular expression";
      return /[dv]/.test(node.regex.flags) ? `regular expressions, ${node.regex.flags}` : undefined;
    case "VariableDeclaration":
      return /using/.test(node.kind) ? "using" : undefined;
    case "FunctionExpression":
    case "FunctionDeclaration":
      return node.async && node.generator ? "async generators" : undefined;
    default:
      return undefined;
  }
}
