/** Which file imports which. @typedef {Map<string, string[]>} Graph */

/**
 * A relative specifier as a path inside `src`; it starts with `..` when it leaves.
 *
 * @param {string} path
 * @param {string} specifier
 */
export function resolve(path, specifier) {
  const parts = path.split("/").slice(0, -1);
  for (const part of specifier.split("/")) {
    if (part === ".." && parts.length > 0 && parts.at(-1) !== "..") parts.pop();
    else if (part !== ".") parts.push(part);
  }
  return parts.join("/");
}

/**
 * Every import cycle, as the files along it; the first file is also the last.
 *
 * @param {Graph} graph
 */
export function cyclesOf(graph) {
  /** @type {string[][]} */
  const cycles = [];
  const done = new Set();
  /** @param {string} path @param {string[]} trail */
  const follow = (path, trail) => {
    if (trail.includes(path)) {
      cycles.push([...trail.slice(trail.indexOf(path)), path]);
      return;
    }
    if (done.has(path)) return;
    for (const next of graph.get(path) ?? []) follow(next, [...trail, path]);
    done.add(path);
  };
  for (const path of graph.keys()) follow(path, []);
  return cycles;
}

/**
 * The shortest chain of imports from one file to another, both included; `undefined` if there is none.
 *
 * @param {Graph} graph
 * @param {string} from
 * @param {string} to
 */
export function chainOf(graph, from, to) {
  const trails = [[from]];
  const seen = new Set([from]);
  for (const trail of trails) {
    const last = trail[trail.length - 1] ?? "";
    if (last === to) return trail;
    for (const next of graph.get(last) ?? []) {
      if (seen.has(next)) continue;
      seen.add(next);
      trails.push([...trail, next]);
    }
  }
  return undefined;
}
