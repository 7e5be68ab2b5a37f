/** The parser for pages: half the download size, the same events. */
export { createParser } from "@steadfeed/parser/lean";
