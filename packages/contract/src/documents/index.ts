export { toAsyncApi, type AsyncApiDocument, type AsyncApiOptions } from "./asyncapi.ts";
export { toOpenApi, type OpenApiDocument, type OpenApiOptions } from "./openapi.ts";
export type { DescribeSchema, JsonSchema } from "./schemas.ts";
