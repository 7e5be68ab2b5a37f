import { brokerApp, type App } from "./server-suite.ts";

declare const Bun: {
  serve(options: App & { port: number; hostname: string; idleTimeout: number }): { port: number };
};

/** Seconds without a byte until Bun cuts a connection. Its default is 10; here a test waits it out. */
const idleTimeout = 1;
const { port } = Bun.serve({ ...brokerApp(), port: 0, hostname: "127.0.0.1", idleTimeout });
console.log(`http://127.0.0.1:${port}/`);
