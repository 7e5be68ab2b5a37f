import { byId, element } from "./dom.ts";

const story = byId("story");

export function writeWord(word: string, isNew: boolean): void {
  paragraph().append(element("span", word, isNew ? "new" : "again"), " ");
  keepNewestInSight();
}

export function beginParagraph(): void {
  story.append(document.createElement("p"));
}

/** Marks the position where the story was cut off and resumed. */
export function markResumed(): void {
  paragraph().append(element("mark", "resumed"), " ");
  keepNewestInSight();
}

function paragraph(): Element {
  if (!story.lastElementChild) beginParagraph();
  return story.lastElementChild!;
}

/** The page stays small, however long it is open. */
function keepNewestInSight(): void {
  while (story.children.length > 12) story.firstElementChild!.remove();
  story.scrollTop = story.scrollHeight;
}
