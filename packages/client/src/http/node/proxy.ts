import { net } from "./builtin.ts";

/** The proxy for an origin: the given URL, or with `env` the one that the environment names. */
export function proxyOf(given: string | false | undefined, origin: string): URL | undefined {
  if (given === false) return undefined;
  if (given === undefined && !usesEnvironment()) return undefined;
  if (given !== undefined && given !== "env") return new URL(given);
  const { protocol, hostname, port } = new URL(origin);
  const isTls = protocol === "https:";
  const host = hostname.replace(/^\[|\]$/g, "");
  if (isExcluded(host, port || (isTls ? "443" : "80"))) return undefined;
  const proxy = (isTls && env("https_proxy")) || env("http_proxy");
  return proxy ? new URL(proxy.includes("://") ? proxy : `http://${proxy}`) : undefined;
}

/** Node's own setting, which applies to all its connections. */
const usesEnvironment = (): boolean =>
  process.env["NODE_USE_ENV_PROXY"] === "1" || process.execArgv.includes("--use-env-proxy");

const env = (name: string): string | undefined =>
  process.env[name] ?? process.env[name.toUpperCase()];

/** True if `NO_PROXY` lists the host, a parent domain, its address or a range with it, with or without a port. */
function isExcluded(host: string, port: string): boolean {
  return (env("no_proxy") ?? "").split(/[\s,]+/).some((entry) => {
    const [, bracketed, bare, only] =
      /^(?:\[(.+)\]|([^:]*|.*:.*:.*?))(?::(\d+))?$/.exec(entry) ?? [];
    const name = (bracketed ?? bare ?? "").toLowerCase().replace(/\.$/, "");
    if (name === "" || (only !== undefined && only !== port)) return false;
    if (name === "*" || name === host) return true;
    if (net().isIP(host) > 0) return isInRange(host, name);
    const domain = name.replace(/^\*?\./, "");
    return host.endsWith(`.${domain}`) || (host === domain && !name.startsWith("*"));
  });
}

/** True if the entry contains the address. An entry is `from-to`, or an address and the number of prefix bits. */
function isInRange(address: string, entry: string): boolean {
  const { BlockList, isIP } = net();
  const family = isIP(address) === 6 ? "ipv6" : "ipv4";
  const list = new BlockList();
  try {
    const [from = "", to] = entry.split("-");
    const [subnet = "", bits] = entry.split("/");
    if (to !== undefined) list.addRange(from, to, family);
    else if (bits !== undefined) list.addSubnet(subnet, Number(bits), family);
    return list.check(address, family);
  } catch {
    return false;
  }
}
