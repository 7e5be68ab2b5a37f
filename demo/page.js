import { Feed } from "/steadfeed.js";
import { Tally } from "/tally.js";

const $ = (id) => document.getElementById(id);
const { storyUrl } = await (await fetch("/config.json")).json();
const feed = new Feed(storyUrl);
const tally = new Tally();
let resumed = 0;
let recent = 0;

feed.on("connecting", () => showState("connecting"));
feed.on("waiting", ({ delayMs, because }) => {
  showState("waiting", `again in ${(delayMs / 1000).toFixed(1)} s`);
  note(because?.message ?? "The stream ended.");
});
feed.on("open", ({ resumedFrom }) => {
  showState("open", resumedFrom === "" ? "" : "resumed");
  if (resumedFrom === "") return;
  resumed++;
  note(`Resumed behind ${resumedFrom}.`);
  paragraph().append(" ", element("mark", "⟲ resumed"), " ");
});
feed.subscribe("word", (event) => {
  const { n, word } = JSON.parse(event.data);
  const isNew = tally.count(n);
  recent++;
  if (word === "¶") $("story").append(document.createElement("p"));
  else paragraph().append(element("span", word, isNew ? "new" : "again"), " ");
  trim();
  showCounts();
});

$("kill").addEventListener("click", () => fetch("/kill", { method: "POST" }));
setInterval(() => {
  $("rate").textContent = recent;
  recent = 0;
}, 1000);

function showState(state, detail = "") {
  $("state").dataset.state = state;
  $("state").querySelector("b").textContent = state;
  $("state").querySelector("small").textContent = detail;
}

function showCounts() {
  const counts = {
    received: tally.received,
    resumed,
    lost: tally.lost,
    repeated: tally.repeated,
    gaps: feed.stats.gaps,
  };
  for (const [id, count] of Object.entries(counts)) $(id).textContent = count;
  for (const id of ["lost", "repeated", "gaps"]) $(id).classList.toggle("wrong", counts[id] > 0);
  $("cursor").textContent = feed.lastEventId || "none";
}

function paragraph() {
  const story = $("story");
  if (!story.lastElementChild) story.append(document.createElement("p"));
  return story.lastElementChild;
}

/** Keeps the newest words in sight, and the page small. */
function trim() {
  const story = $("story");
  while (story.children.length > 12) story.firstElementChild.remove();
  story.scrollTop = story.scrollHeight;
}

function note(text) {
  const item = element("li", text);
  item.prepend(element("time", new Date().toLocaleTimeString()));
  $("log").prepend(item);
  while ($("log").children.length > 7) $("log").lastElementChild.remove();
}

function element(name, text, className = "") {
  const made = document.createElement(name);
  made.textContent = text;
  made.className = className;
  return made;
}
