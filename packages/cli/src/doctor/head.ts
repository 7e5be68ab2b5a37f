import { duration } from "../core/units.ts";
import { fault, note, ok, risk, type Finding } from "./finding.ts";
import { isStream, type Observation } from "./observation.ts";

/** The reason why there is no response at all. */
export function unreachable({ code = "", message }: Error & { code?: string }): Finding {
  const why =
    fixes[code] ?? (/CERT|SIGN|VERIFY|ISSUER|TLS|SSL/.test(code) ? badCertificate : undefined);
  const check = why === badCertificate || /ALTNAME/.test(code) ? "tls" : "connection";
  return fault(
    check,
    `No connection: ${message || code}.`,
    why ?? "Look at the server and the network.",
  );
}

const badCertificate =
  "Browsers refuse this certificate. Renew it, send its whole chain, or name your authority with --cacert.";

const fixes: Readonly<Record<string, string>> = {
  ENOTFOUND: "The name does not exist: check the URL.",
  ECONNREFUSED: "Nothing listens there: start the server, or check the port.",
  ECONNRESET: "The connection was reset before an answer: check http against https, and the proxy.",
  ERR_TLS_CERT_ALTNAME_INVALID:
    "The certificate is for another name: check the URL, or use --servername.",
};

/** The findings about the response head. */
export function head(seen: Observation): Finding[] {
  const { status, headers, headAt, body } = seen;
  if (status === undefined) return [];
  if (status !== 200)
    return [fault("head", `The answer is ${status}${said(body)}`, statusFix(status))];
  const type = headers.get("content-type") ?? "none";
  if (!isStream(seen))
    return [fault("head", `The content type is ${type}${said(body)}`, typeFix(type))];
  const findings = [ok("head", `200, ${type}, after ${duration(headAt ?? 0)}`)];
  const charset = /charset=["']?([\w-]+)/i.exec(type)?.[1];
  if (charset !== undefined && !/^utf-?8$/i.test(charset)) {
    findings.push(
      risk(
        "head",
        `It says charset=${charset}, and readers read UTF-8.`,
        "Send UTF-8, and leave the charset out.",
      ),
    );
  }
  const cache = headers.get("cache-control") ?? "";
  if (/\bpublic\b|max-age=[1-9]|immutable/.test(cache)) {
    const fix = "Answer with Cache-Control: no-store, no-transform.";
    findings.push(
      fault("head", `Cache-Control: ${cache} lets caches keep the stream and repeat it.`, fix),
    );
  } else if (!/no-(store|cache)/.test(cache)) {
    const fix = "Answer with Cache-Control: no-store, no-transform.";
    findings.push(note("head", "Nothing forbids caches to keep the stream.", fix));
  }
  if (headers.has("content-length")) {
    const fix =
      "A stream has no Content-Length: send it as it comes, instead of gathering it first.";
    findings.push(fault("head", `It has Content-Length: ${headers.get("content-length")}.`, fix));
  }
  return findings;
}

/** The version of HTTP, and TLS. */
export function http(url: URL, { tls }: Observation): Finding[] {
  const six =
    "Over HTTP/1.1 a browser opens six connections per origin, for all tabs together: the seventh stream waits for ever.";
  const fix =
    "Offer HTTP/2, or let tabs share one stream (SharedFeed of @steadfeed/client/shared).";
  if (url.protocol === "http:")
    return [note("http", `No TLS, so no HTTP/2 in browsers. ${six}`, fix)];
  if (!tls) return [];
  const isHttp2 = tls.protocol === "h2";
  const findings = [isHttp2 ? ok("http", "HTTP/2") : risk("http", `No HTTP/2. ${six}`, fix)];
  const days = ((tls.expiresAt ?? Infinity) - Date.now()) / 86_400_000;
  if (days < 14) {
    const says = `The certificate expires in ${Math.max(0, Math.floor(days))} days.`;
    findings.push(risk("tls", says, "Renew it: readers refuse it after that."));
  }
  return findings;
}

const said = (body: string): string => {
  const line = body
    .replaceAll(/<[^>]*>/g, " ")
    .replaceAll(/\s+/g, " ")
    .trim()
    .slice(0, 120);
  return line === "" ? "." : `: ${line}`;
};

function statusFix(status: number): string {
  if (status === 401)
    return "It requires credentials: --token, or --header. An EventSource can send neither, only cookies.";
  if (status === 403)
    return "It refuses this reader: check the credentials, and whether it refuses an unknown Origin.";
  if (status === 204)
    return "204 tells every reader to stop permanently. Answer 200 to readers that should reconnect.";
  if (status === 404)
    return "There is no stream at this path: check the URL and the mount point of the router.";
  if (status === 405)
    return "It does not take this method: an EventSource sends GET; for POST use --post.";
  if (status === 406) return "It refuses Accept: text/event-stream: let it offer that type.";
  if (status === 429 || status === 503)
    return "It is overloaded: raise its limits, and say Retry-After.";
  if (status === 502 || status === 504)
    return "A proxy gets no answer: the server is down, or sends no head before its first event. Flush the head at once.";
  if (status >= 300 && status < 400)
    return "It redirects too often or to nowhere: check the Location.";
  return "A reader needs 200. An EventSource does not try again after any other status.";
}

function typeFix(type: string): string {
  if (/html/.test(type))
    return "A page answers: a fallback route, a login, or a proxy's error page. Check the path and the order of the routes.";
  if (/json|text\/plain/.test(type))
    return "Set Content-Type: text/event-stream before the first byte. Browsers refuse anything else.";
  return "Answer with Content-Type: text/event-stream.";
}
