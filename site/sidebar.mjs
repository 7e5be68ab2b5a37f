import { doors } from "./reference.mjs";

const page = (text, link) => ({ text, link });

/** The position of each page. `pnpm run docs:check` fails for a page of `docs/` that is missing here. */
export const sidebar = [
  {
    text: "Start",
    items: [
      page("Getting started", "/getting-started"),
      page("Concepts", "/concepts"),
      page("One contract for both ends", "/contract"),
      page("All guides", "/guides"),
    ],
  },
  {
    text: "Guides",
    items: [
      page("Tokens, cookies and logout", "/auth"),
      page("Answers of language models", "/llm"),
      page("Runs: an end, a stop, one producer", "/runs"),
      page("A fetch for other clients", "/fetch"),
      page("Dashboards at 1 000 events a second", "/dashboards"),
      page("Notifications for each user", "/notifications"),
      page("One connection for all tabs", "/shared"),
      page("Several machines", "/scaling"),
      page("Restarts and Kubernetes", "/restarts"),
      page("In your framework", "/recipes"),
      page("Proxies", "/proxies"),
      page("Testing", "/testing"),
      page("Coming from another library", "/migrate"),
      page("In place of other packages", "/compat"),
      page("Troubleshooting", "/troubleshooting"),
    ],
  },
  {
    text: "With",
    collapsed: true,
    items: [
      page("Browsers", "/browsers"),
      page("All bindings", "/bindings"),
      page("React", "/react"),
      page("Vue", "/vue"),
      page("Svelte", "/svelte"),
      page("Solid", "/solid"),
      page("Angular", "/angular"),
      page("RxJS and other observables", "/observable"),
      page("React Native", "/react-native"),
      page("tRPC, TanStack Query, htmx, Mercure and others", "/ecosystem"),
      page("Go", "/interop"),
    ],
  },
  {
    text: "Reference",
    items: [
      page("Options of the client", "/client-options"),
      page("Errors of the client", "/errors"),
      page("What happens when", "/outcomes"),
      page("The server", "/server"),
      page("Options and errors of the server", "/server-options"),
      page("The parser", "/parser"),
      page("Command line", "/cli"),
      page("Numbers", "/numbers"),
      {
        text: "Every export",
        collapsed: true,
        items: doors().map(({ name }) => page(name, `/reference/${name}`)),
      },
    ],
  },
  {
    text: "Why",
    items: [
      page("What clients lose", "/losses"),
      page("Speed and memory", "/performance"),
      page("Security", "/security"),
      page("Features", "/features"),
      page("The standard", "/spec"),
    ],
  },
  {
    text: "Internals",
    collapsed: true,
    items: [page("The way of a byte", "/walk"), page("Decisions", "/decisions/")],
  },
];
