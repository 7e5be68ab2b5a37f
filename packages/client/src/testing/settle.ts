/**
 * Waits for all work that needs no time to pass: promises, streams, and their consequences. It also works with a fake
 * clock, which replaces timers but not message ports.
 */
export async function settle(): Promise<void> {
  for (let turns = 0; turns < 3; turns++) await turn();
}

async function turn(): Promise<void> {
  const { port1, port2 } = new MessageChannel();
  await new Promise((resolve) => {
    port1.addEventListener("message", resolve, { once: true });
    port1.start();
    port2.postMessage(undefined);
  });
  port1.close();
}
