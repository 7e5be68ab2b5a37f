import { onTestFinished, vi } from "vitest";

/** Collects what would have ended the process: rejections that nobody handles, and errors that nobody catches. */
export function escapes(): unknown[] {
  const escaped: unknown[] = [];
  const collect = (error: unknown): void => void escaped.push(error);
  for (const kind of ["unhandledRejection", "uncaughtException"] as const) {
    const others = process.listeners(kind as "uncaughtException");
    process.removeAllListeners(kind);
    process.on(kind, collect);
    onTestFinished(() => {
      process.off(kind, collect);
      for (const other of others) process.on(kind, other);
    });
  }
  return escaped;
}

/** Collects what is printed as an error, instead of printing it. */
export function printed(): readonly unknown[][] {
  const print = vi.spyOn(console, "error").mockImplementation(() => undefined);
  // Where there is one, it prints.
  vi.stubGlobal("reportError", (error: unknown) => console.error(error));
  onTestFinished(() => {
    print.mockRestore();
    vi.unstubAllGlobals();
  });
  return print.mock.calls;
}
