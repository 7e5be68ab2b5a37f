import { parseSync, Visitor } from "oxc-parser";

const blocks = new Set(["describe", "it", "suite", "test"]);

/**
 * The names of the tests in a file, of groups and of tables of tests too.
 *
 * @param {string} path
 * @param {string} text
 * @returns {{ line: number, name: string }[]}
 */
export function testNames(path, text) {
  const { program, errors } = parseSync(path, text);
  if (errors[0]) throw new SyntaxError(`${path}: ${errors[0].message}`);
  /** @type {{ line: number, name: string }[]} */
  const names = [];
  new Visitor({
    CallExpression({ callee, arguments: [first] }) {
      if (first === undefined || !blocks.has(nameOf(callee))) return;
      const name = textOf(first);
      if (name !== undefined)
        names.push({ line: text.slice(0, first.start).split("\n").length, name });
    },
  }).visit(program);
  return names;
}

/** The name at the start of `test`, `test.skipIf(…)` or `test.each(…)`. @param {any} node @returns {string} */
const nameOf = (node) =>
  node.name ?? (node.object || node.callee ? nameOf(node.object ?? node.callee) : "");

/** The text of a string; of a template, the parts around its holes. @param {any} node @returns {string | undefined} */
const textOf = (node) =>
  node.type === "TemplateLiteral"
    ? node.quasis.map(/** @param {any} part */ (part) => part.value.cooked).join("…")
    : typeof node.value === "string"
      ? node.value
      : undefined;
