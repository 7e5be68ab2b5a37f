import { checkNames } from "./checks-names.ts";
import { nodeDefaults, type NodeOptions } from "./node-options.ts";

/**
 * Throws `TypeError` for an unknown name, and warns that the `node` options have no effect here: a setting for TLS or a
 * proxy must not be ignored silently.
 */
export function warnOf(node: NodeOptions = {}): void {
  checkNames("node", node, nodeDefaults);
  const given = Object.entries(node).filter(([, value]) => value !== undefined);
  if (given.length === 0) return;
  const names = given.map(([name]) => name).join(", ");
  console.warn(`Steadfeed: node: { ${names} } has no effect here, where fetch makes the requests.`);
}
