import { brokerApp } from "./server-suite.ts";

interface BunServer {
  readonly port: number;
  timeout(request: Request, seconds: number): void;
}

declare const Bun: {
  serve(options: {
    port: number;
    hostname: string;
    idleTimeout: number;
    fetch(request: Request, server: BunServer): Response | Promise<Response>;
  }): BunServer;
};

const app = brokerApp();
const { port } = Bun.serve({
  port: 0,
  hostname: "127.0.0.1",
  // Bun's default is 10 seconds; this is so short that a test can wait for it.
  idleTimeout: 1,
  fetch: (request, server) => {
    server.timeout(request, 0);
    return app.fetch(request);
  },
});
console.log(`http://127.0.0.1:${port}/`);
