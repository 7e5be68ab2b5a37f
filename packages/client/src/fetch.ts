export { agui, aiSdk, location, mcp, openaiResponses } from "./fetch/presets.ts";
export { steadyFetch, type SteadyFetchOptions } from "./fetch/steady-fetch.ts";
export { FeedError, type FeedErrorCode, type FeedErrorInfo } from "./core/errors.ts";
export type { BrokenAnswer, ResumeFunction, Resumption } from "./core/resume.ts";
export type { FeedStatus } from "./core/status.ts";
