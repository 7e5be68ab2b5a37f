import type { AllOptions } from "./options.ts";
import type { HeadersInit } from "./platform.ts";

// The checks of a browser's production build: what could send a secret astray, or nothing at all. `checks.ts` has all of
// them, with the longer sentences.

/** Throws `TypeError` for a name that is not known. */
export function checkNames(owner: string, options: object, known: object): void {
  for (const name of Object.keys(options)) {
    const fits = Object.hasOwn(known, name) || options[name as never] === undefined;
    must(fits, `${name} of ${owner}`);
  }
}

/** Throws `TypeError` for a value that can't work. */
export function checkOptions({ redirect }: AllOptions): void {
  must(redirect === "follow" || redirect === "error", "redirect");
}

/** The user's headers, and the token. Throws `TypeError` for those that no request can have. */
export function headersOf(given: HeadersInit | undefined, token: string | undefined): Headers {
  checkToken(token);
  try {
    const headers = new Headers(given);
    if (token !== undefined) headers.set("Authorization", `Bearer ${token}`);
    return headers;
  } catch (cause) {
    // What a browser says of it may quote a secret.
    throw new TypeError(wrong("headers or token"), { cause });
  }
}

/** Throws `TypeError` for what is no token. */
export function checkToken(token: unknown): asserts token is string | undefined {
  must(token === undefined || typeof token === "string", "token");
}

// The rest is found in development: numbers, kinds, types and keys that can't work.

export function checkLimits(): void {}

export function checkConsumer(): void {}

export function checkResumption(): void {}

export function checkOnStatus(): void {}

export function checkShown(): void {}

export function checkShared(): void {}

export function checkQueue(): void {}

export function checkConsuming(): void {}

export function checkClient(): void {}

export function checkListener(): void {}

export function checkTypes(): void {}

export function checkEventTypes(): void {}

export function checkBody(): void {}

export function warnOf(): void {}

function must(holds: boolean, what: string): void {
  if (!holds) throw new TypeError(wrong(what));
}

const wrong = (what: string): string => `Wrong option: ${what}`;
