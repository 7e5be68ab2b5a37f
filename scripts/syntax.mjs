import { parseSync, visitorKeys } from "oxc-parser";

/**
 * The facts about a file that the laws need, each with its line number.
 *
 * @typedef {object} Facts
 * @property {{ line: number, specifier: string | undefined }[]} imports Static, dynamic and type imports, and exports
 *   from elsewhere. No specifier: it is only known at run time.
 * @property {{ line: number, name: string }[]} names The wanted names, wherever they refer to a variable (also as a
 * type or a parameter), and not to a member.
 * @property {{ line: number }[]} defaults Default exports.
 * @property {{ line: number }[]} restless Top-level statements with an effect, or with mutable state.
 */

const globals = new Set(["globalThis", "self", "global"]);
const collections = new Set(["Map", "Set", "WeakMap", "WeakSet"]);
const imports = new Set([
  "ImportDeclaration",
  "ExportAllDeclaration",
  "ExportNamedDeclaration",
  "ImportExpression",
  "TSImportType",
  "TSExternalModuleReference",
]);

/**
 * Reads one file.
 *
 * @param {string} path
 * @param {string} text
 * @param {Set<string>} [wanted] the names to look for
 * @returns {Facts}
 */
export function factsOf(path, text, wanted = new Set()) {
  const { program, errors } = parseSync(path, text);
  if (errors[0]) throw new SyntaxError(`${path}: ${errors[0].message}`);
  /** @param {any} node */
  const at = (node) => ({ line: text.slice(0, node.start).split("\n").length });
  const statements = program.body.map(/** @param {any} node */ (node) => node.declaration ?? node);

  /** @type {Facts} */
  const facts = {
    imports: [],
    names: [],
    defaults: [],
    restless: statements.filter(isRestless).map(at),
  };
  walk(program, (node, parent, key) => {
    if (isDefaultExport(node)) facts.defaults.push(at(node));
    for (const name of namesAt(node, parent, key)) {
      if (wanted.has(name)) facts.names.push({ ...at(node), name });
    }
    if (!imports.has(node.type)) return;
    const from = node.source ?? node.expression;
    if (from) facts.imports.push({ ...at(node), specifier: stringOf(from) });
  });
  return facts;
}

/**
 * Calls `visit` for every node of a tree, parents first.
 *
 * @param {any} node
 * @param {(node: any, parent: any, key: string) => void} visit
 * @param {any} [parent]
 * @param {string} [key]
 */
function walk(node, visit, parent, key = "") {
  visit(node, parent, key);
  for (const name of visitorKeys[node.type] ?? []) {
    for (const child of [node[name]].flat()) if (child) walk(child, visit, node, name);
  }
}

/** @param {any} node */
const isDefaultExport = (node) =>
  node.type === "ExportDefaultDeclaration" ||
  (node.type === "ExportSpecifier" && (node.exported.name ?? node.exported.value) === "default");

/**
 * The names that refer to a variable at this node: an identifier by itself, or a member of the global object.
 *
 * @param {any} node
 * @param {any} parent
 * @param {string} key
 * @returns {string[]}
 */
function namesAt(node, parent, key) {
  if (node.type === "MemberExpression" && isGlobal(node.object)) return [keyOf(node, "property")];
  if (node.type === "VariableDeclarator" && node.init && isGlobal(node.init)) {
    return (node.id.properties ?? []).map(/** @param {any} each */ (each) => keyOf(each, "key"));
  }
  return node.type === "Identifier" && !isMemberName(parent, key) ? [node.name] : [];
}

/** @param {any} node @param {"key" | "property"} key @returns {string} */
const keyOf = (node, key) =>
  (node.computed ? undefined : node[key]?.name) ?? stringOf(node[key]) ?? "";

/**
 * Names without a meaning of their own: after a dot, keys, the other side of `as`. @param {any} parent @param {string}
 * key
 */
function isMemberName(parent, key) {
  if (key === "property" || key === "key") return !parent.computed;
  if (key === "right") return parent.type === "TSQualifiedName";
  return key === "imported" || key === "exported" || key === "label";
}

/** `globalThis`, also through parentheses and casts. @param {any} node @returns {boolean} */
const isGlobal = (node) =>
  node.type === "Identifier"
    ? globals.has(node.name)
    : Boolean(node.expression?.type) && isGlobal(node.expression);

/** The text of a string, or of a template without holes. @param {any} node @returns {string | undefined} */
function stringOf(node) {
  if (node?.type === "Literal" && typeof node.value === "string") return node.value;
  if (node?.type === "TemplateLiteral" && node.expressions.length === 0) {
    return node.quasis[0].value.cooked;
  }
  return undefined;
}

/** @param {any} node */
function isRestless(node) {
  if (node.type !== "VariableDeclaration") return node.type.endsWith("Statement");
  if (node.declare) return false;
  return (
    node.kind !== "const" ||
    node.declarations.some(/** @param {any} each */ ({ init }) => isEmptyCollection(init))
  );
}

/** A collection that starts empty is meant to be filled. @param {any} init */
const isEmptyCollection = (init) =>
  (init?.type === "NewExpression" &&
    collections.has(init.callee.name) &&
    init.arguments.length === 0) ||
  (init?.type === "ArrayExpression" && init.elements.length === 0);
