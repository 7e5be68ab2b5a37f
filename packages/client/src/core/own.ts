import { checkNames } from "#checks";

/** What may be given where `D` has the names and the defaults. */
export type Given<D> = { readonly [K in keyof D]?: D[K] | undefined };

/**
 * Reads options, once: their own properties alone, so that a changed `Object.prototype` gives none. `defaults` names what
 * is read, and says what holds where nothing was given. The result inherits nothing.
 */
export function ownOptions<D extends object>(options: Given<D>, defaults: D): D {
  const read = Object.create(null) as Record<string, unknown>;
  for (const [name, value] of Object.entries(defaults)) {
    const given = Object.hasOwn(options, name) ? options[name as keyof D] : undefined;
    read[name] = given === undefined ? value : given;
  }
  return read as D;
}

/** The same, and throws `TypeError` for a name that `defaults` does not have. `owner` is what takes the options: `Feed`, say. */
export function knownOptions<D extends object>(owner: string, options: Given<D>, defaults: D): D {
  if (typeof options !== "object" || options === null) {
    throw new TypeError(`The options of ${owner} must be an object, not ${String(options)}.`);
  }
  checkNames(owner, options, defaults);
  return ownOptions(options, defaults);
}
