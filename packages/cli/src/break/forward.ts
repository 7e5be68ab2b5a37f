import * as http from "node:http";
import * as https from "node:https";
import type { Connection } from "../core/connection.ts";

/** Headers that are for one hop only: https://www.rfc-editor.org/rfc/rfc9110#section-7.6.1 */
const hopByHop: ReadonlySet<string> = new Set([
  "connection",
  "keep-alive",
  "proxy-connection",
  "te",
  "trailer",
  "transfer-encoding",
  "upgrade",
]);

/**
 * Forwards requests to a server of any name and scheme, as if they were made for it. Its responses are not compressed,
 * so that a cut falls within an event.
 */
export function forwarder(target: URL, { headers: given, tls }: Connection): http.Server {
  return http.createServer((request, response) => {
    const headers = { ...passed(request.headers), ...given, host: target.host };
    const { pathname, search } = urlFor(target, request.url ?? "/");
    const { method } = request;
    const { request: send } = target.protocol === "https:" ? https : http;
    const options = { ...(tls as https.RequestOptions), method, headers, path: pathname + search };
    const upstream = send(target, options, (answer) => {
      const { statusCode = 502, headers: named } = answer;
      response.writeHead(statusCode, { ...passed(named), ...location(named.location, target) });
      response.flushHeaders();
      answer.pipe(response);
      // A cut stays a cut.
      answer.once("error", () => response.destroy());
    });
    upstream.once("error", ({ message }) => {
      if (response.headersSent) response.destroy();
      else response.writeHead(502).end(`${target.origin} does not answer: ${message}\n`);
    });
    response.once("close", () => upstream.destroy());
    request.pipe(upstream);
  });
}

function passed(headers: http.IncomingHttpHeaders): http.OutgoingHttpHeaders {
  const left = Object.entries(headers).filter(
    ([name]) => !hopByHop.has(name) && name !== "accept-encoding",
  );
  return Object.fromEntries(left);
}

/** The target's own path for the root, and any other path unchanged. */
function urlFor(target: URL, asked: string): URL {
  return asked === "/" ? target : new URL(asked, target.origin);
}

/** A redirect within the server stays within the proxy. */
function location(given: string | undefined, target: URL): { location?: string } {
  if (given === undefined) return {};
  const url = URL.parse(given, target.href);
  return url?.origin === target.origin ? { location: url.pathname + url.search } : {};
}
