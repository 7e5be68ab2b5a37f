/**
 * The full parser, for all platforms except pages. A file of its own because bundlers such as Metro only accept files
 * as targets of `imports`.
 */
export { createParser } from "@steadfeed/parser";
