export { resumableContext, type ResumableContext } from "./adapters/resumable-stream.ts";
export { aiChat, uiMessages } from "./adapters/ai-sdk.ts";
