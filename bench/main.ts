// Every benchmark, one after the other: node bench/main.ts [--smoke] [--rounds=7]
await import("./parser.ts");
await import("./client.ts");
await import("./server.ts");
