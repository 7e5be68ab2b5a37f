import { existsSync, readFileSync, statSync } from "node:fs";
import { rename, writeFile } from "node:fs/promises";
import { dirname } from "node:path";
import type { CursorStore } from "@steadfeed/client";
import { exits, Failure } from "../core/exit.ts";

/** Keeps a cursor in a file: the id, and a line end. The file is replaced, never half written. */
export class CursorFile implements CursorStore {
  readonly #path: string;

  /** Throws {@link Failure} if the folder of the file does not exist, and for a folder or a device in its place. */
  constructor(path: string) {
    const folder = dirname(path);
    if (!existsSync(folder)) throw new Failure(`The folder ${folder} does not exist.`, exits.usage);
    const isFile = statSync(path, { throwIfNoEntry: false })?.isFile() ?? true;
    if (!isFile) throw new Failure(`${path} is not a file.`, exits.usage);
    this.#path = path;
  }

  get(): string | undefined {
    try {
      return readFileSync(this.#path, "utf8").replace(/\r?\n$/, "") || undefined;
    } catch (cause) {
      const { code, message } = cause as NodeJS.ErrnoException;
      if (code === "ENOENT") return undefined;
      throw new Failure(`${this.#path} cannot be read: ${message}.`, undefined, cause);
    }
  }

  async set(id: string): Promise<void> {
    const beside = `${this.#path}.${process.pid}.tmp`;
    try {
      await writeFile(beside, `${id}\n`);
      await rename(beside, this.#path);
    } catch (cause) {
      const message = `${this.#path} cannot be written: ${(cause as Error).message}.`;
      throw new Failure(message, undefined, cause);
    }
  }
}
