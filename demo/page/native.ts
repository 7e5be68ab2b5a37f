import { Tally } from "../tally.ts";
import type { Said } from "../story.ts";
import { byId, element, setText } from "./dom.ts";

const againMs = 1000;

/**
 * The same story through the browser's own `EventSource`. Like most pages, this one opens another when the browser
 * gives up. The new one has no cursor, so it starts at the current word.
 */
export class NativeReading {
  readonly #tally = new Tally();
  #source: EventSource | undefined;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #gaveUp = 0;

  open(): void {
    const source = new EventSource("/story?stream=story&now");
    this.#source = source;
    source.addEventListener("word", (event: MessageEvent<string>) => this.#take(event.data));
    source.addEventListener("paragraph", (event: MessageEvent<string>) => this.#take(event.data));
    source.addEventListener("error", () => {
      if (source.readyState === EventSource.CLOSED) this.#again();
    });
  }

  close(): void {
    this.#source?.close();
    clearTimeout(this.#timer);
  }

  #again(): void {
    this.#gaveUp++;
    this.#show("gave up");
    this.#timer = setTimeout(() => this.open(), againMs);
  }

  #take(data: string): void {
    const { n, word } = JSON.parse(data) as Said;
    const { lost } = this.#tally;
    this.#tally.count(n);
    const missing = this.#tally.lost - lost;
    const words = byId("native-words");
    if (missing > 0) words.append(element("del", `${missing} lost`), " ");
    if (word !== undefined) words.append(element("span", word), " ");
    while (words.childNodes.length > 60) words.firstChild!.remove();
    words.scrollTop = words.scrollHeight;
    this.#show(this.#tally.lost === 0 ? "nothing lost yet" : `${this.#tally.lost} lost`);
  }

  #show(text: string): void {
    const times = this.#gaveUp === 0 ? "" : `, gave up ${this.#gaveUp}×`;
    byId("native").dataset["state"] = text === "nothing lost yet" ? "open" : "closed";
    setText("native-verdict", text === "gave up" ? `gave up ${this.#gaveUp}×` : text + times);
  }
}
