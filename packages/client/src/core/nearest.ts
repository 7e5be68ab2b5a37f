import { nodeDefaults } from "./node-options.ts";

/** Option names of other libraries, and their names here. */
const elsewhere: Readonly<Record<string, string>> = {
  agent: "node.dispatcher",
  concurrency: "capacity",
  heartbeatTimeout: "timeouts.idleMs",
  maxRetries: "retry.maxAttempts",
  onclose: "feed.on('closed', …)",
  onerror: "feed.on('waiting', …)",
  onmessage: "feed.subscribe('message', …)",
  onopen: "feed.on('open', …)",
  queue: "capacity",
  reconnect: "retry",
  reconnectDelay: "retry.initialDelayMs",
  reconnectInterval: "retry.initialDelayMs",
  timeout: "timeouts",
  withCredentials: "credentials",
};

const words = (text: string): readonly string[] => text.split(" ");

const node = Object.keys(nodeDefaults);
const tls = words(
  "ca cert key passphrase pfx servername rejectUnauthorized checkServerIdentity ciphers minVersion maxVersion secureContext",
);
const retry = words(
  "initialDelayMs maxDelayMs factor jitter maxAttempts maxElapsedMs stableAfterMs maxServerRetryMs maxRetryAfterMs repeat",
);
const timeouts = words("connectMs headersMs idleMs");

/** The object that each option belongs to. The first match wins. */
const owners: readonly (readonly [string, readonly string[]])[] = [
  ["Client", words("streams streamParam")],
  ["SharedFeed", ["key"]],
  ["feed.subscribe()", words("capacity overflow filter")],
  ["feed.once()", ["timeoutMs"]],
  ["steadyFetch()", ["onStatus"]],
  ["useFeed()", words("history update latestBy types")],
  [
    "Feed",
    words(
      "events decode method headers token body credentials lastEventId store fetch node redirect validate retry timeouts resume until maxEventBytes lingerMs dedupe dispatchEmpty hidden ref",
    ),
  ],
];

/**
 * A hint for an unknown name: another library's option, an option of another group (`retry.maxDelayMs`), an option of
 * another object (such as `Client`), or the known name that is most similar.
 */
export function hintFor(name: string, known: object): string {
  const meant = groupOf(name, known) ?? (Object.hasOwn(elsewhere, name) ? elsewhere[name]! : "");
  const [first = ""] = meant.split(".");
  if (first in known || (first === "feed" && "lastEventId" in known))
    return `did you mean ${meant}?`;
  const owner = owners.find(([, names]) => names.includes(name));
  if (owner) return `it belongs to ${owner[0]}.`;
  // A group knows only its own names, so an option of another group is named by its path in the feed's options.
  if (meant !== "" && ("factor" in known || "idleMs" in known)) return `did you mean ${meant}?`;
  const names = Object.entries(known).flatMap(([each, value]) =>
    [each].concat(inner(each, value).map((one) => `${each}.${one}`)),
  );
  const likeness = (each: string): number => alike(each.split(".").at(-1)!, name);
  const [nearest = "none"] = names.toSorted((a, b) => likeness(b) - likeness(a));
  return `did you mean ${nearest}?`;
}

/** The path of a name that belongs to a group. */
function groupOf(name: string, known: object): string | undefined {
  // For a feed, `key` is an option of SharedFeed rather than of TLS.
  if (tls.includes(name) && !(name === "key" && "node" in known))
    return "tls" in known ? `tls.${name}` : `node.tls.${name}`;
  if (retry.includes(name)) return `retry.${name}`;
  if (timeouts.includes(name)) return `timeouts.${name}`;
  return node.includes(name) ? `node.${name}` : undefined;
}

/** The names inside a group of options. */
function inner(group: string, value: unknown): readonly string[] {
  if (group === "node") return node;
  return typeof value === "object" && value !== null ? Object.keys(value) : [];
}

/** The similarity of two words, from 0 to 1: the share of letter pairs that they have in common. */
function alike(a: string, b: string): number {
  const [ours, theirs] = [pairsOf(a), pairsOf(b)];
  const shared = [...ours].filter((pair) => theirs.has(pair)).length;
  return (2 * shared) / (ours.size + theirs.size);
}

/** A word's first and last letters form a pair with a space, so a word of one letter has pairs too. */
function pairsOf(word: string): ReadonlySet<string> {
  const text = ` ${word.toLowerCase()} `;
  return new Set(Array.from({ length: text.length - 1 }, (_, at) => text.slice(at, at + 2)));
}
