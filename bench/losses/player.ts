// A process with one client in it: node player.ts CLIENT URL HOW
import { writeSync } from "node:fs";
import { clients } from "../contenders.ts";

/** The player's treatment of an event; `alone`: takes it, and leaves it to the client to keep the process alive. */
export type How = "take" | "alone" | "stall" | "iterate" | "close" | "throw" | "throw-handled";

/** Its output, one JSON text a line. */
export type Line =
  | { readonly event: string }
  | { readonly told: string }
  | { readonly uncaught: string };

const [name, url = "", how] = process.argv.slice(2);
const client = clients.find((each) => each.name === name)!;

const write = (line: Line): void => void writeSync(1, `${JSON.stringify(line)}\n`);
const told = (what: string): void => write({ told: what });
if (how !== "alone") setInterval(() => {}, 60_000);
if (how === "throw-handled") {
  process.on("uncaughtException", ({ message }) => write({ uncaught: message }));
}

let close: () => void = () => {};
let first = true;

function event(data: string): unknown {
  const isFirst = first;
  first = false;
  // A player that stalls would write megabytes.
  if (isFirst || how !== "stall") write({ event: data.slice(0, 80) });
  if (how === "stall") return new Promise(() => {});
  if (isFirst && how === "close") close();
  if (isFirst && how?.startsWith("throw")) throw new Error("thrown by the handler");
  return undefined;
}

if (how === "iterate") {
  const iterator = (await client.iterate!(url))[Symbol.asyncIterator]();
  event((await iterator.next()).value.data as string);
} else {
  close = await client.open(url, { event, told });
}
