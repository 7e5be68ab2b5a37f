/** What other libraries call what is named otherwise here. */
const elsewhere: Readonly<Record<string, string>> = {
  agent: "node.dispatcher",
  ca: "node.tls",
  cert: "node.tls",
  concurrency: "capacity",
  heartbeatTimeout: "timeouts.idleMs",
  key: "node.tls",
  maxRetries: "retry.maxAttempts",
  onclose: "feed.on('closed', …)",
  onerror: "feed.on('waiting', …)",
  onmessage: "feed.subscribe('message', …)",
  onopen: "feed.on('open', …)",
  queue: "capacity",
  reconnect: "retry",
  reconnectDelay: "retry.initialDelayMs",
  reconnectInterval: "retry.initialDelayMs",
  rejectUnauthorized: "node.tls",
  timeout: "timeouts",
  withCredentials: "credentials",
};

const node = ["dispatcher", "tls", "proxy", "socketPath", "http2"];

/**
 * The known name that someone may have meant: that of another library's option, one inside a group (`retry.maxDelayMs`), or
 * the one that looks most alike.
 */
export function nearestName(name: string, known: object): string {
  const names = Object.entries(known).flatMap(([each, value]) =>
    [each].concat(inner(each, value).map((one) => `${each}.${one}`)),
  );
  const meant = Object.hasOwn(elsewhere, name) ? elsewhere[name]! : "";
  const [first = ""] = meant.split(".");
  if (first in known || (first === "feed" && "lastEventId" in known)) return meant;
  const likeness = (each: string): number => alike(each.split(".").at(-1)!, name);
  return names.toSorted((a, b) => likeness(b) - likeness(a))[0] ?? "none";
}

/** The names inside a group of options. */
function inner(group: string, value: unknown): readonly string[] {
  if (group === "node") return node;
  return typeof value === "object" && value !== null ? Object.keys(value) : [];
}

/** How alike two words are, from 0 to 1: by the pairs of letters that they share. */
function alike(a: string, b: string): number {
  const [ours, theirs] = [pairsOf(a), pairsOf(b)];
  const shared = [...ours].filter((pair) => theirs.has(pair)).length;
  return (2 * shared) / (ours.size + theirs.size);
}

/** The ends count as a pair each, so that words of one letter have some too. */
function pairsOf(word: string): ReadonlySet<string> {
  const text = ` ${word.toLowerCase()} `;
  return new Set(Array.from({ length: text.length - 1 }, (_, at) => text.slice(at, at + 2)));
}
