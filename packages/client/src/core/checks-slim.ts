import type { AllOptions } from "./options.ts";
import type { HeadersInit } from "./platform.ts";
import type { Resumption } from "./resume.ts";

// The checks of a browser's production build: only for options that could send a secret to the wrong place, or send
// nothing at all. `checks.ts` has all checks, with longer messages.

/** Throws `TypeError` for an unknown name. */
export function checkNames(owner: string, options: object, known: object): void {
  for (const name of Object.keys(options)) {
    const fits = Object.hasOwn(known, name) || options[name as never] === undefined;
    must(fits, `${name} of ${owner}`);
  }
}

/** Throws `TypeError` for an invalid value. */
export function checkOptions({ redirect }: AllOptions): void {
  must(redirect === "follow" || redirect === "error", "redirect");
}

/** The user's headers, and the token. Throws `TypeError` for headers that can't be sent. */
export function headersOf(given: HeadersInit | undefined, token: string | undefined): Headers {
  checkToken(token);
  try {
    const headers = new Headers(given);
    if (token !== undefined) headers.set("Authorization", `Bearer ${token}`);
    return headers;
  } catch (cause) {
    // The browser's message may quote a secret.
    throw new TypeError(wrong("headers or token"), { cause });
  }
}

/** Throws `TypeError` if the value is not a token. */
export function checkToken(token: unknown): asserts token is string | undefined {
  must(token === undefined || typeof token === "string", "token");
}

/** Throws `TypeError` for an empty key, with which tabs of two users could share a feed. */
export function checkKey(key: unknown): void {
  must(key === undefined || (typeof key === "string" && key !== ""), "key");
}

/** The channel's name is a digest of the options and the version, so all its messages come from tabs like this one. */
export const isMessage = (message: { readonly kind?: unknown } | null | undefined): boolean =>
  message?.kind !== undefined;

/** Throws `TypeError` for a result of `resume` without a URL, which would be read as `/undefined`. */
export function checkResumption({ url }: Resumption): void {
  must(!!url, "url of resume");
}

/** Parses a URL. Throws `TypeError` for an invalid URL (the platform's error), and for one that is not HTTP. */
export function urlOf(given: string | URL, base: string | undefined): URL {
  const url = new URL(given, base);
  must(/^https?:$/.test(url.protocol), "url");
  return url;
}

// The other checks run in development only: numbers, kinds, types and keys.

export function checkLimits(): void {}

export function checkConsumer(): void {}

export function checkOnStatus(): void {}

export function checkSharing(): void {}

export function checkShown(): void {}

export function checkSameOptions(): void {}

export function checkQueue(): void {}

export function checkConsuming(): void {}

export function checkClient(): void {}

export function checkListener(): void {}

export function checkTypes(): void {}

export function checkEventTypes(): void {}

export function checkBody(): void {}

export function checkResult(): void {}

export function warnOf(): void {}

function must(holds: boolean, what: string): void {
  if (!holds) throw new TypeError(wrong(what));
}

const wrong = (what: string): string => `Wrong option: ${what}`;
