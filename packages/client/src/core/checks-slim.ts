import type { AllOptions } from "./options.ts";

// The checks of a browser's production build: what could send a secret astray, or nothing at all. `checks.ts` has all of
// them, with the longer sentences.

/** Throws `TypeError` for a name that is not known. */
export function checkNames(owner: string, options: object, known: object): void {
  for (const name of Object.keys(options)) {
    const fits = Object.hasOwn(known, name) || options[name as never] === undefined;
    must(fits, `${owner} has no option ${name}.`);
  }
}

/** Throws `TypeError` for a value that can't work. */
export function checkOptions({ fetch, node, redirect }: AllOptions): void {
  must(!fetch || !node, "fetch and node exclude each other.");
  must(redirect === "follow" || redirect === "error", "redirect must be 'follow' or 'error'.");
}

export function checkLimits(): void {
  // Numbers that can't work are found in development.
}

export function checkShown(_shown: object): void {
  // So are these.
}

export function checkShared(_first: object, _now: object, _others: object): void {
  // And what shares a key by mistake.
}

export function checkQueue(): void {
  // The same.
}

export function checkConsumer(_consumer: unknown, _second: unknown, _third: unknown): void {
  // The same.
}

export function checkListener(): void {
  // The same.
}

export function checkTypes(): void {
  // The same.
}

export const headersFault = (): string => "The headers option holds what no header can be.";

function must(holds: boolean, message: string): void {
  if (!holds) throw new TypeError(message);
}
