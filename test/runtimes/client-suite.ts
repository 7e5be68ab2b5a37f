// What a feed must do in every runtime. It runs there, against what was built.
import { Feed } from "@steadfeed/client";

export interface Stage {
  /** A stream of our server in Node. */
  readonly url: string;
  /** Where that server is told what to do. */
  readonly control: string;
}

type Scenario = (stage: Stage) => Promise<unknown>;

const quick = { retry: { initialDelayMs: 20 } };

async function tell({ control }: Stage, what: string, data = ""): Promise<string> {
  const answer = await fetch(`${control}${what}?data=${encodeURIComponent(data)}`);
  return answer.text();
}

const receives: Scenario = async (stage) => {
  const feed = new Feed(stage.url, quick);
  const ticks = feed.subscribe("tick");
  await feed.open();
  const got: unknown[] = [];
  for (const data of ["one", "two\nlines", "✓ 日本 🎉"]) {
    await tell(stage, "publish", data);
    const { type, data: received } = (await ticks.next()).value!;
    got.push([type, received]);
  }
  feed.close();
  return got;
};

const resumes: Scenario = async (stage) => {
  const feed = new Feed(stage.url, quick);
  const notes: string[] = [];
  feed.on("open", ({ resumedFrom }) => notes.push(resumedFrom === "" ? "open" : "resumed"));
  feed.on("gap", ({ because }) => notes.push(because));
  const ticks = feed.subscribe("tick");
  await feed.open();
  const got: unknown[] = [];
  for (const data of ["1", "2"]) {
    await tell(stage, "publish", data);
    got.push((await ticks.next()).value?.data);
    // Breaks the line, and publishes while nobody is there.
    await tell(stage, "cut", `behind ${data}`);
    got.push((await ticks.next()).value?.data);
  }
  feed.close();
  return { got, notes };
};

/** An id is any text; in a header it goes as the bytes of its UTF-8. */
const foreignId: Scenario = async (stage) => {
  const feed = new Feed(stage.url, quick);
  const notes: string[] = [];
  feed.on("open", ({ resumedFrom }) => notes.push(resumedFrom));
  feed.on("gap", ({ because }) => notes.push(because));
  const ticks = feed.subscribe("tick");
  await feed.open();
  await tell(stage, "foreign", "with id");
  const got = [(await ticks.next()).value?.data];
  await tell(stage, "cut", "behind it");
  got.push((await ticks.next()).value?.data);
  feed.close();
  return { got, resumedFrom: notes.slice(1) };
};

const leaves: Scenario = async (stage) => {
  const feed = new Feed(stage.url, quick);
  for await (const { data } of feed.subscribe("tick")) if (data === "last") break;
  // No close: nobody is left, so nothing may stay.
  return feed.state;
};

const refused: Scenario = async (stage) => {
  const feed = new Feed(stage.url.replace(/\?.*/, ""), quick);
  await feed.open().catch(() => undefined);
  const { reason, error } = await feed.closed;
  return { reason, status: (error as { status?: number }).status };
};

export const scenarios: Readonly<Record<string, Scenario>> = {
  receives,
  resumes,
  foreignId,
  leaves,
  refused,
};
