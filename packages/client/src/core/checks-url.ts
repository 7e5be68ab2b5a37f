import { say } from "#words";

/** Parses a URL. Throws `TypeError` for an invalid URL, and for one that is not HTTP. */
export function urlOf(given: string | URL, base: string | undefined): URL {
  let url: URL;
  try {
    url = new URL(given, base);
  } catch (cause) {
    throw new TypeError(say("no-url", given), { cause });
  }
  if (!/^https?:$/.test(url.protocol)) throw new TypeError(say("no-http-url", url.href));
  return url;
}
