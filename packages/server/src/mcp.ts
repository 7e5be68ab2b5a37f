export {
  mcpEventStore,
  type McpEventStore,
  type McpStoreOptions,
} from "./adapters/mcp-event-store.ts";
