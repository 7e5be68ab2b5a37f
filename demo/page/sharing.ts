import { byId, element, setText } from "./dom.ts";
import type { Reading } from "./reading.ts";
import { askWindows } from "./windows.ts";

/** Shows the number of windows and connections, and the leader. */
export async function showSharing({ feed }: Reading, streams: number): Promise<void> {
  const windows = await askWindows();
  const count = windows?.count ?? 1;
  setText("windows", count === 1 ? "1 window" : `${count} windows`);
  setText("connections", feed.state === "open" ? atServer(streams) : "no connection now");
  setText("role", roleOf(windows?.leads, count));
  byId("yield").hidden = !(windows?.leads && count > 1);
}

/** As counted by the balancer. */
const atServer = (count: number): string =>
  count === 1 ? "1 connection at the server" : `${count} connections at the server`;

function roleOf(leads: boolean | undefined, count: number): string {
  if (leads === undefined)
    return "This browser has no locks for this page: each window connects for itself.";
  if (!leads)
    return "This window follows: another one has the connection, and passes on what comes.";
  const others = count === 2 ? "the other one follows" : `the other ${count - 1} follow`;
  return `This window leads, and has the connection${count > 1 ? `, ${others}` : ""}.`;
}

const panes = byId("panes");
const five = byId("five");
five.addEventListener("click", () => {
  const isOpen = panes.hidden;
  panes.hidden = !isOpen;
  for (const frame of panes.querySelectorAll("iframe")) frame.remove();
  if (isOpen) panes.prepend(...[2, 3, 4, 5, 6].map(makePane));
  five.setAttribute("aria-expanded", String(isOpen));
  five.textContent = isOpen ? "Close the five" : "Open five windows";
});

/** A separate window, since no browser lets a page open five tabs. */
function makePane(number: number): HTMLElement {
  const frame = element("iframe", "") as HTMLIFrameElement;
  frame.title = `Window ${number}`;
  frame.src = `/pane.html#${number}`;
  return frame;
}
