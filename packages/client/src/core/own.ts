import { checkNames } from "#checks";

/** What may be given where `D` has the names and the defaults. */
export type Given<D> = { readonly [K in keyof D]?: D[K] | undefined };

/**
 * Reads options, once: their own properties alone, so that a changed `Object.prototype` gives none. `defaults` names what
 * is read, and says what holds where nothing was given: it is the result itself where nothing was.
 */
export function ownOptions<D extends object>(options: Given<D>, defaults: D): Readonly<D> {
  let read: D | undefined;
  for (const name of Object.keys(defaults) as (keyof D)[]) {
    const given = Object.hasOwn(options, name) ? options[name] : undefined;
    if (given === undefined) continue;
    // A copy of an object has its shape. One that is put together name by name takes several times the memory.
    read ??= { ...defaults };
    read[name] = given;
  }
  return read ?? defaults;
}

/** The same, and throws `TypeError` for what is no object and for a name that `defaults` does not have. `owner` is what takes the options: `Feed`, say. */
export function knownOptions<D extends object>(
  owner: string,
  options: Given<D>,
  defaults: D,
): Readonly<D> {
  checkNames(owner, options, defaults);
  return ownOptions(options, defaults);
}
