import { styleText } from "node:util";
import { Feed } from "@steadfeed/client";
import type { Said } from "./story.ts";
import { Tally } from "./tally.ts";
import { reasonOf, retry } from "./waiting.ts";

const width = 78;

/** Reads the story in the terminal, and reports each interruption and its end. */
export class TerminalReader {
  readonly tally: Tally = new Tally();
  readonly feed: Feed;
  resumed = 0;
  readonly #out: (text: string) => void;
  #column = 0;

  constructor(url: string, out: (text: string) => void) {
    this.#out = out;
    this.feed = new Feed(url, { retry });
    this.feed.on("open", ({ resumedFrom }) => {
      if (resumedFrom === "") return;
      this.resumed++;
      this.#note("green", `resumed after ${resumedFrom}`);
    });
    this.feed.on("waiting", (status) => this.#note("yellow", reasonOf(status)));
  }

  get line(): string {
    const { received, lost, repeated } = this.tally;
    const { gaps } = this.feed.stats;
    return `received ${received} · resumed ${this.resumed} · lost ${lost} · repeated ${repeated} · gaps ${gaps} · ${this.feed.state}`;
  }

  async read(): Promise<void> {
    for await (const { type, data } of this.feed) {
      const { n, word } = JSON.parse(data) as Said;
      const isNew = this.tally.count(n);
      if (type === "paragraph") this.#newLine(2);
      if (word !== undefined) this.#write(isNew ? word : styleText("red", word));
    }
  }

  #write(word: string): void {
    if (this.#column + word.length + 1 > width) this.#newLine(1);
    this.#out(`${word} `);
    this.#column += word.length + 1;
  }

  #note(color: "green" | "yellow", text: string): void {
    this.#newLine(this.#column === 0 ? 0 : 1);
    this.#out(styleText(color, `  ⋮ ${text}\n`));
    if (color === "green") this.#out(styleText("dim", `  ⋮ ${this.line}\n`));
  }

  #newLine(count: number): void {
    this.#out("\n".repeat(count));
    this.#column = 0;
  }
}
