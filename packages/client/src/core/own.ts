import { checkNames } from "#checks";

/** Every option by name. `undefined`: nothing was given, and there is no default. */
export type AllOf<T> = { readonly [K in keyof Required<T>]: T[K] };

/** The options that may be given, where `D` has the names and the defaults. */
export type Given<D> = { readonly [K in keyof D]?: D[K] | undefined };

/**
 * Reads options once, and only their own properties, so that a changed `Object.prototype` adds none. `defaults` has the
 * names and the default values. If no option was given, the result is `defaults` itself.
 */
export function ownOptions<D extends object>(options: Given<D>, defaults: D): Readonly<D> {
  let read: D | undefined;
  for (const name of Object.keys(defaults) as (keyof D)[]) {
    const given = Object.hasOwn(options, name) ? options[name] : undefined;
    if (given === undefined) continue;
    // A copied object keeps the shape of the original. One that is built name by name takes several times the memory.
    read ??= { ...defaults };
    read[name] = given;
  }
  return read ?? defaults;
}

/**
 * Like `ownOptions`, but throws `TypeError` if the options are not an object, or have a name that is not in `defaults`.
 * `owner`: the name in the message, such as `Feed`.
 */
export function knownOptions<D extends object>(
  owner: string,
  options: Given<D>,
  defaults: D,
): Readonly<D> {
  checkNames(owner, options, defaults);
  return ownOptions(options, defaults);
}
