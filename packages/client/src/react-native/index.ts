export { followAppState, type AppStateLike } from "./app-state.ts";
export { xhrFetch } from "./xhr-fetch.ts";
