import type { FeedStatus } from "@steadfeed/client";
import { showCounts } from "./counts.ts";
import { askDemo } from "./demo.ts";
import { byId, setDisabled, setText } from "./dom.ts";
import { note } from "./log.ts";
import { NativeReading } from "./native.ts";
import { Pulse } from "./pulse.ts";
import { Reading } from "./reading.ts";
import { showSharing } from "./sharing.ts";
import { wordingOf } from "./state.ts";
import { beginParagraph, markResumed, writeWord } from "./story.ts";

const reading = new Reading();
const { feed, tally } = reading;
const native = new NativeReading();
const pulse = new Pulse(byId("pulse"));
const acts = ["cut", "kill"].map((id) => byId(id) as HTMLButtonElement);
/** The time of the next attempt. */
let dueAt = Infinity;
/** The number of consecutive requests that the demo did not answer. */
let unanswered = 0;
/** The cursor that was resumed from, until an event shows the result. */
let resumedFrom = "";

reading.start(showStatus, (type, { word }, isNew) => {
  pulse.count();
  if (resumedFrom !== "") showResumed();
  if (word !== undefined) writeWord(word, isNew);
  if (type === "paragraph") beginParagraph();
  showTally();
});
native.open();

byId("kill").addEventListener("click", () => void act("kill", "You killed the server."));
byId("cut").addEventListener("click", () => void act("cut", "You cut every connection."));
byId("yield").addEventListener("click", () => {
  // A paused feed leaves the line for the lead, and returns to its end.
  feed.pause();
  feed.resume();
  note("act", "You handed over the lead.");
});
const clock = setInterval(showClock, 100);
const looking = setInterval(() => void look(), 500);
void look();

function showStatus(status: FeedStatus): void {
  if (status.kind === "gap") note("closed", `Events are gone: ${status.reason}.`);
  const wording = wordingOf(status);
  if (!wording) return;
  const { kind } = status;
  byId("state").dataset["state"] = kind;
  // Without a connection there is nothing to cut, and without a server nothing to kill.
  for (const button of acts) setDisabled(button, kind !== "open");
  dueAt = kind === "waiting" ? performance.now() + status.delayMs : Infinity;
  setText("title", wording.title);
  setText("text", wording.text);
  showClock();
  resumedFrom = kind === "open" ? status.resumedFrom : "";
  if (kind !== "connecting" && resumedFrom === "") note(kind, wording.text);
  showTally();
}

function showResumed(): void {
  const verdict = reading.isWhole ? "nothing lost, nothing twice" : "events are missing";
  const text = `Resumed after ${resumedFrom}: ${verdict}.`;
  resumedFrom = "";
  setText("text", text);
  note("open", text);
  if (reading.resumed > 0) markResumed();
}

function showTally(): void {
  const { received, lost, repeated } = tally;
  const { gaps } = feed.stats;
  const figures = { received, lost, repeated, gaps, resumed: reading.resumed };
  for (const [id, figure] of Object.entries(figures)) setText(id, figure);
  if (received === 0) return;
  byId("whole").dataset["state"] = reading.isWhole ? "open" : "closed";
  setText("verdict", reading.isWhole ? "Nothing lost, nothing twice" : "It lost its place");
  setText("cursor", feed.lastEventId);
  showCounts(reading.counts);
}

/** The parts that change with time, without an event. */
function showClock(): void {
  const silentMs = performance.now() - reading.heardAt;
  const dueMs = dueAt - performance.now();
  if (dueMs < Infinity) setText("clock", `again in ${inSeconds(Math.max(dueMs, 0))}`);
  else setText("clock", `last byte ${inSeconds(silentMs)} ago`);
  setText("rate", pulse.rate);
  pulse.draw();
}

const inSeconds = (ms: number): string => `${(ms / 1000).toFixed(1)} s`;

/** The state of the demo, and of the shared connection. */
async function look(): Promise<void> {
  try {
    const { calm, streams } = await askDemo();
    const dies = calm ? "dies when you ask it to" : "dies every few seconds";
    setText(
      "about",
      `A server tells a story, word by word, and ${dies}. This page keeps its place.`,
    );
    await showSharing(reading, streams);
    unanswered = 0;
  } catch {
    // Offline nothing is known, and the browser notices a lost network late.
    unanswered = navigator.onLine ? unanswered + 1 : 0;
    if (unanswered === 3) end();
  }
}

function end(): void {
  clearInterval(clock);
  clearInterval(looking);
  feed.close();
  native.close();
  byId("state").dataset["state"] = "closed";
  setText("title", "The demo has ended");
  setText("text", "Start it again by “npm run demo”, and reload this page.");
  setText("clock", "");
  setText("connections", "no connection now");
  for (const button of document.querySelectorAll("button")) button.disabled = true;
}

async function act(what: "kill" | "cut", text: string): Promise<void> {
  for (const button of acts) button.disabled = true;
  await fetch(`/${what}`, { method: "POST" });
  note("act", text);
}
