/**
 * @typedef {object} Law
 * @property {string[][]} levels From the top. A file imports from the levels below its own only. `name/*` is a folder,
 *   whose files may import each other.
 * @property {string[]} apart Files that no other file imports; they are doors of their own, or for tests.
 * @property {Record<string, string[]>} outside The allowed imports from outside `src`, each with its files.
 * @property {Record<string, string[]>} platform Names that only some platforms define, and the files that may use them.
 * @property {string[]} [starts] Files with effects when imported: the programs of a package.
 * @property {string[]} [walk] The files that a byte passes, in this order. `pnpm laws` prints how they import each
 * other.
 */

/** The import law of each package. `*` stands for every file. @type {Record<string, Law>} */
export const laws = {
  parser: {
    levels: [
      ["index"],
      ["stream", "read"],
      ["lean"],
      ["parser"],
      ["waiting", "empty", "options"],
      ["lines-in-bytes", "errors", "event", "encode", "lines", "lines-browser"],
    ],
    apart: ["encode", "lean", "lines"],
    outside: {
      "eventsource-parser": ["lines"],
      "#lines": ["parser"],
    },
    platform: {},
  },
  contract: {
    levels: [["index"], ["documents/*"], ["core/*"]],
    apart: ["documents/*"],
    outside: { "@standard-schema/spec": ["*"] },
    platform: {},
  },
  client: {
    levels: [
      ["index"],
      [
        "testing/*",
        "react",
        "vue",
        "svelte",
        "solid",
        "angular",
        "observable",
        "store",
        "react-native/*",
      ],
      ["react/*"],
      ["store/*"],
      ["eventsource", "shared", "fetch"],
      ["client/*", "eventsource/*", "shared/*", "fetch/*"],
      ["feed/*"],
      ["delivery/*", "http/*"],
      ["core/*"],
    ],
    apart: [
      "testing/*",
      "react",
      "vue",
      "svelte",
      "solid",
      "angular",
      "observable",
      "store",
      "react-native/*",
    ],
    outside: {
      react: ["react/*"],
      vue: ["vue"],
      "svelte/reactivity": ["svelte"],
      "svelte/store": ["svelte"],
      "solid-js": ["solid"],
      "@angular/core": ["angular"],
      "@steadfeed/parser": ["*"],
      "#checks": [
        "core/own",
        "core/resolve",
        "delivery/channel",
        "delivery/listeners",
        "delivery/subscribe-options",
        "delivery/subscribers",
        "feed/feed",
        "fetch/steady-response",
        "http/headers",
        "http/platform-browser",
        "http/transport-fetch",
        "store/options",
        "store/cache",
      ],
      "@steadfeed/parser/lean": ["feed/parser-lean"],
      "#parser": ["feed/http-stream"],
      "#transport": [
        "feed/http-source",
        "feed/dispatch",
        "delivery/listeners",
        "feed/cursor",
        "http/exchange",
        "http/judge",
        "http/request",
      ],
      "#words": ["*"],
      undici: ["http/transport-undici", "http/node/*"],
      "node:*": ["http/node/*", "testing/*"],
    },
    platform: {
      "*": ["http/transport-undici", "http/node/*", "testing/*"],
      setImmediate: ["core/watch"],
      window: ["feed/page"],
      document: ["feed/page", "shared/tabs"],
      BroadcastChannel: ["shared/tabs"],
      navigator: ["feed/page", "shared/tabs", "http/transport-fetch"],
    },
    walk: [
      "http/transport",
      "http/exchange",
      "feed/http-stream",
      "feed/source",
      "feed/dispatch",
      "delivery/consumer",
      "delivery/inbox",
    ],
  },
  server: {
    levels: [
      ["index"],
      ["node", "web", "publish", "ai", "mcp"],
      ["adapters/*"],
      ["http/*"],
      ["broker/*"],
      ["run/*"],
      ["session/*"],
      ["redis", "redis/*"],
      ["log/*"],
      ["core/*"],
    ],
    apart: ["redis/*"],
    outside: {
      "@steadfeed/parser/encode": ["*"],
      "@redis/client": ["redis", "redis/*"],
      "node:*": ["node", "http/node-sink", "http/node-pair", "http/channels", "web", "publish"],
    },
    platform: {
      "*": ["node", "http/node-sink", "http/channels", "http/chunks", "web", "publish"],
      setImmediate: ["core/turn"],
    },
  },
  cli: {
    levels: [
      ["main", "index"],
      ["commands/*"],
      ["tail/*", "serve/*", "recording/*", "break/*", "doctor/*"],
      ["core/*"],
    ],
    apart: [],
    starts: ["main"],
    outside: {
      commander: ["main", "commands/*", "core/arguments"],
      "@steadfeed/client": ["*"],
      "@steadfeed/client/testing/node": ["recording/*", "break/*"],
      "@steadfeed/parser": ["*"],
      "@steadfeed/parser/encode": ["tail/*"],
      "@steadfeed/server": ["serve/*"],
      "@steadfeed/server/node": ["serve/*"],
      undici: ["core/dispatcher", "recording/*", "doctor/*"],
      "node:*": ["*"],
    },
    platform: { "*": ["*"] },
  },
  eventsource: {
    levels: [["index"], ["event-source"], ["types"], ["error-event"]],
    apart: [],
    outside: { "@steadfeed/client": ["error-event"], "@steadfeed/client/eventsource": ["*"] },
    platform: {},
  },
  "fetch-event-source": {
    levels: [["index"], ["fetch"], ["attempts"], ["init"], ["message"]],
    apart: [],
    outside: { "@steadfeed/parser": ["attempts"] },
    platform: { document: ["attempts"] },
  },
};
