type Paints = Partial<Pick<typeof globalThis, "requestAnimationFrame" | "cancelAnimationFrame">>;

/**
 * Calls a function before the next frame is painted. A hidden page paints none, and Node has no frames: a timer
 * replaces them.
 */
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
