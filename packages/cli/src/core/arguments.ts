import { type Command, InvalidArgumentError, Option } from "commander";
import { durationOf } from "./units.ts";

/** A time with its unit, in whole milliseconds, at least `least`. A timer of the platform counts to 2³¹−1 at most. */
export const parseTime =
  (least: number) =>
  (text: string): number => {
    const ms = Math.round(durationOf(text) ?? Number.NaN);
    if (Number.isNaN(ms))
      throw new InvalidArgumentError("Say a time with its unit: 250ms, 5s, 2m.");
    if (ms < least) throw new InvalidArgumentError(`Say ${least}ms or more.`);
    if (ms >= 2 ** 31) throw new InvalidArgumentError("Say a time of at most 596h.");
    return ms;
  };

/** A whole number, at least `least`. */
export const parseCount =
  (least: number, most: number = Number.MAX_SAFE_INTEGER) =>
  (text: string): number => {
    const value = Number(text);
    if (/^\d+$/.test(text) && value >= least && value <= most) return value;
    const to = most === Number.MAX_SAFE_INTEGER ? "on" : `to ${most}`;
    throw new InvalidArgumentError(`Say a whole number from ${least} ${to}.`);
  };

export const parsePort: (text: string) => number = parseCount(0, 65_535);

/** `http:` or `https:`; without either, `http:` for this machine and `https:` for any other. */
export function parseUrl(text: string): string {
  const scheme = /^[a-z][a-z\d+.-]*:\/\//i.test(text) ? "" : schemeFor(text);
  const url = URL.parse(scheme + text);
  if (url?.protocol === "http:" || url?.protocol === "https:") return url.href;
  throw new InvalidArgumentError("Say a URL, such as http://localhost:8080/events.");
}

function schemeFor(text: string): string {
  if (/^:\d/.test(text)) return "http://localhost";
  return /^(localhost|127\.|\[::1\])/.test(text) ? "http://" : "https://";
}

/** An option that may be given several times. */
export const parseEach = (text: string, before: readonly string[] = []): readonly string[] => [
  ...before,
  text,
];

/** Adds the options for reaching a server. */
export function addConnection(command: Command): Command {
  return command
    .optionsGroup("The request:")
    .option(
      "-H, --header <line>",
      'a header "Name: value", or @FILE with one a line; repeatable',
      parseEach,
    )
    .option("--token <token>", "a bearer token, or @FILE; default: $STEADFEED_TOKEN")
    .option("--post <body>", "send this by POST: text, @FILE, or @- for standard input")
    .option("--method <name>", "another method than GET, or POST with --post")
    .optionsGroup("The way there:")
    .option(
      "--proxy <url>",
      "a proxy, `none`, or `env` (default): HTTP_PROXY, HTTPS_PROXY, NO_PROXY",
    )
    .option("--unix-socket <path>", "speak HTTP on this socket")
    .option("--cacert <file>", "trust these authorities, PEM")
    .option("--cert <file>", "the client's certificate, PEM")
    .option("--key <file>", "its key, PEM")
    .option("--servername <name>", "the name that the server's certificate is for")
    .option("--insecure", "accept any certificate")
    .option("--http1", "do not offer HTTP/2");
}

/** Adds the options of a command that listens. */
export function addListening(command: Command, port: number): Command {
  return command
    .option("-p, --port <number>", "the port; 0 for any free one", parsePort, port)
    .option("--host <address>", "the address; 0.0.0.0 for other machines too", "127.0.0.1")
    .addOption(json());
}

export const json = (): Option => new Option("--json", "one JSON object a line (NDJSON)");
