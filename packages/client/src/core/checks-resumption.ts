import { checkNames } from "./checks-names.ts";
import { shown } from "./must.ts";
import type { Resumption } from "./resume.ts";

const names: Readonly<Record<keyof Resumption, true>> = {
  url: true,
  method: true,
  headers: true,
  cursor: true,
  replay: true,
};

/** Throws `TypeError` for an invalid result of `resume`. */
export function checkResumption(given: Resumption): void {
  const fail = (what: string, value: unknown): never => {
    throw new TypeError(`resume must give ${what}, not ${shown(value)}`);
  };
  if (typeof given !== "object") fail("an object with a url, or undefined", given);
  checkNames("resume", given, names);
  const { url, cursor = "header", replay = "after" } = given;
  if (typeof url !== "string" && !(url instanceof URL)) fail("a url, a string or URL", url);
  if (!["header", "query"].includes(cursor as string) && typeof cursor !== "function")
    fail("as cursor 'header', 'query' or a function", cursor);
  if (!["after", "from-start"].includes(replay)) fail("as replay 'after' or 'from-start'", replay);
}

/** Throws `TypeError` for an `onStatus` that is not a function. */
export function checkOnStatus(onStatus: unknown): void {
  if (onStatus !== undefined && typeof onStatus !== "function")
    throw new TypeError("onStatus must be a function.");
}
