import { brokerApp } from "./server-suite.ts";

declare const Deno: {
  serve(
    options: { port: number; hostname: string; onListen(at: { port: number }): void },
    fetch: (request: Request) => Response | Promise<Response>,
  ): void;
};

const onListen = ({ port }: { port: number }): void => console.log(`http://127.0.0.1:${port}/`);
Deno.serve({ port: 0, hostname: "127.0.0.1", onListen }, brokerApp().fetch);
