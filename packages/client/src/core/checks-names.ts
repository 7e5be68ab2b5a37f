import { isOptions, must, shown } from "./must.ts";
import { hintFor } from "./nearest.ts";

/**
 * Throws `TypeError` if the options are not an object, and for an unknown name. The message suggests the nearest known
 * name.
 */
export function checkNames(owner: string, options: object, known: object): void {
  must(isOptions(options), `The options of ${owner} must be an object, not ${shown(options)}.`);
  for (const name of Object.keys(options)) {
    if (Object.hasOwn(known, name) || options[name as never] === undefined) continue;
    const all = Object.keys(known).join(", ");
    throw new TypeError(`${owner} has no option ${name}: ${hintFor(name, known)} It has ${all}.`);
  }
}
