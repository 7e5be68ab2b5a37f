import { fault, note, ok, risk, type Finding } from "./finding.ts";
import type { Observation } from "./observation.ts";

/** The pages of the option `--origin`. */
export interface Asked {
  readonly origin: string;
  readonly credentials: boolean;
  /** They were named, so they must be able to read it. */
  readonly required: boolean;
}

/** Whether a page of another origin may read the stream. */
export function corsOf(
  { headers, status }: Observation,
  { origin, credentials, required }: Asked,
): Finding[] {
  const allowed = headers.get("access-control-allow-origin");
  const withCookies = headers.get("access-control-allow-credentials") === "true";
  const fix = `Answer with Access-Control-Allow-Origin: ${required ? origin : "the page's origin"}.`;
  if (allowed === null) {
    if (required) return [fault("cors", `Pages of ${origin} may not read it (${status}).`, fix)];
    return [note("cors", "Only pages of its own origin may read it. --origin checks another.")];
  }
  if (allowed !== "*" && allowed !== origin) {
    if (required) return [fault("cors", `It is for pages of ${allowed}, not ${origin}.`, fix)];
    return [note("cors", `It is for pages of ${allowed}. --origin ${allowed} checks them.`)];
  }
  if (allowed === "*" && (withCookies || credentials)) {
    const says =
      "Access-Control-Allow-Origin: * cannot be combined with credentials: browsers refuse the answer if they sent cookies.";
    return [
      fault(
        "cors",
        says,
        "Name the origin, say Vary: Origin, and Access-Control-Allow-Credentials: true.",
      ),
    ];
  }
  if (credentials && !withCookies) {
    return [
      fault(
        "cors",
        "Pages that send cookies may not read it.",
        "Add Access-Control-Allow-Credentials: true.",
      ),
    ];
  }
  if (allowed === origin && withCookies && !required) {
    const says = "It lets pages of any origin read it with their user's cookies.";
    return [
      risk(
        "cors",
        says,
        "Name the origins that you trust, instead of repeating what the request says.",
      ),
    ];
  }
  if (allowed !== "*" && !/\borigin\b/i.test(headers.get("vary") ?? "")) {
    const says =
      "It repeats the origin without Vary: Origin: a cache gives one page's answer to another.";
    return [risk("cors", says, "Add Vary: Origin.")];
  }
  return [
    ok(
      "cors",
      allowed === "*" ? "pages of any origin may read it" : `pages of ${origin} may read it`,
    ),
  ];
}

/** Whether such a page may reconnect with its cursor. */
export function preflightOf(
  { status = 0, headers, error }: Observation,
  { origin, credentials }: Asked,
): Finding[] {
  const allowed = headers.get("access-control-allow-origin");
  const names = (headers.get("access-control-allow-headers") ?? "").toLowerCase().split(/\s*,\s*/);
  const fits = names.includes("last-event-id") || (names.includes("*") && !credentials);
  const isFine = status >= 200 && status < 300 && (allowed === "*" || allowed === origin);
  if (isFine && fits) return [ok("preflight", "Last-Event-ID is allowed")];
  const how = error
    ? error.message
    : isFine
      ? "it does not allow the header"
      : `it is answered ${status}`;
  const says = `The preflight for Last-Event-ID fails (${how}): a reader by fetch connects once, and can never resume.`;
  const fix =
    "Answer OPTIONS with 204, the page's origin, and Access-Control-Allow-Headers: last-event-id.";
  return [fault("preflight", says, fix)];
}
