/** The parser for pages: half the size to load, the same events. */
export { createParser } from "@steadfeed/parser/lean";
