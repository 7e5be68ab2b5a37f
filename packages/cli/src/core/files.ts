import { statSync } from "node:fs";
import { exits, Failure } from "./exit.ts";

/** Throws {@link Failure} for a path that does not exist, or is a folder. A pipe can be read. */
export function requireFile(path: string): void {
  const stats = statSync(path, { throwIfNoEntry: false });
  if (!stats) throw new Failure(`The file ${path} does not exist.`, exits.usage);
  if (stats.isDirectory()) throw new Failure(`${path} is not a file.`, exits.usage);
}

/** The failure to write to a file, or to standard output. */
export const notWritten = (where: string, cause: Error): Failure =>
  new Failure(`${where} cannot be written: ${cause.message}.`, exits.failed, cause);
