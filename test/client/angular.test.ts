import {
  ApplicationRef,
  createEnvironmentInjector,
  ɵINJECTOR_SCOPE as INJECTOR_SCOPE,
  PLATFORM_ID,
  provideZonelessChangeDetection,
  runInInjectionContext,
  type EnvironmentInjector,
} from "@angular/core";
import { feedResource } from "@steadfeed/client/angular";
import { Wire } from "@steadfeed/client/testing";
import { expect, onTestFinished, test } from "vitest";

test("a feed is an Angular Resource: isLoading, value and error work as in Angular's own", async () => {
  const wire = new Wire((request, number) => {
    if (number === 1) request.answer().events(1).reset();
    else request.answer({ status: 404 }).end();
  });
  const injector = createEnvironmentInjector(
    [
      provideZonelessChangeDetection(),
      { provide: INJECTOR_SCOPE, useValue: "root" },
      { provide: PLATFORM_ID, useValue: "browser" },
    ],
    null as unknown as EnvironmentInjector,
  );
  onTestFinished(() => injector.destroy());
  const retry = { initialDelayMs: 300, jitter: "none" } as const;
  const resource = runInInjectionContext(injector, () =>
    feedResource(() => "http://resource.test/", { fetch: wire.fetch, retry }),
  );
  expect([resource.status(), resource.hasValue(), resource.isLoading()]).toEqual([
    "idle",
    false,
    false,
  ]);
  injector.get(ApplicationRef).tick();
  await expect.poll(() => resource.status()).toBe("reloading");
  expect([resource.hasValue(), resource.value(), resource.isLoading()]).toEqual([true, "1", true]);
  await expect.poll(() => resource.status()).toBe("error");
  expect(resource.snapshot()).toMatchObject({ status: "error", error: { status: 404 } });
  resource.reconnect();
  await expect.poll(() => wire.requests.length).toBe(3);
});
