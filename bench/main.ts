// Every benchmark, one after the other: node bench/main.ts [--smoke] [--rounds=7] [--all]
await import("./parser.ts");
await import("./client.ts");
await import("./server.ts");
await import("./fanout.ts");
await import("./idle.ts");
await import("./latency.ts");
await import("./memory.ts");
await import("./chromium.ts");
await import("./renders.ts");
