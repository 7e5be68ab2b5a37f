// Runs one scenario of the client's suite in Deno or Bun; the process ends when nothing is left to do.
import { scenarios } from "./client-suite.ts";

const [name, url, control] = process.argv.slice(2) as [string, string, string];
const result = await scenarios[name]!({ url, control });
console.log(JSON.stringify({ result, from: import.meta.resolve("@steadfeed/client") }));
