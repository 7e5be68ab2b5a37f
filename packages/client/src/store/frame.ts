type Paints = Partial<Pick<typeof globalThis, "requestAnimationFrame" | "cancelAnimationFrame">>;

/** Runs something before the next frame is painted. A hidden page paints none, and Node has none: there a timer does it. */
export function nextFrame(run: () => void): void {
  const { requestAnimationFrame: request, cancelAnimationFrame: cancel } = globalThis as Paints;
  const once = (): void => {
    clearTimeout(timer);
    cancel?.(frame!);
    run();
  };
  const frame = request?.(once);
  const timer = setTimeout(once, frame ? 250 : 16);
}
