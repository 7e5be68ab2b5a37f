import { byId, element } from "./dom.ts";

/** Adds a line to the log of the last changes; the kind sets its colour. */
export function note(kind: string, text: string): void {
  const item = element("li", text);
  item.dataset["state"] = kind;
  const time = element("time", new Date().toLocaleTimeString([], { hour12: false }));
  item.prepend(time);
  const log = byId("log");
  log.prepend(item);
  while (log.children.length > 30) log.lastElementChild!.remove();
}
