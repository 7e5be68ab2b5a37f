import { feedResource } from "@steadfeed/client/angular";
import {
  createEnvironmentInjector,
  effect,
  PLATFORM_ID,
  provideZonelessChangeDetection,
  runInInjectionContext,
  signal,
  ɵINJECTOR_SCOPE as INJECTOR_SCOPE,
  type EnvironmentInjector,
} from "@angular/core";
import { textOf, type Mount } from "./mounted.ts";

// Components need Angular's compiler. An effect of an application without any is the same, and test/apps has components.
export const mount: Mount = (element, first, options) => {
  const source = signal(first);
  const injector = createEnvironmentInjector(
    [
      provideZonelessChangeDetection(),
      { provide: INJECTOR_SCOPE, useValue: "root" },
      { provide: PLATFORM_ID, useValue: "browser" },
    ],
    null as unknown as EnvironmentInjector,
  );
  const feed = runInInjectionContext(injector, () => {
    const resource = feedResource(source as () => string, options);
    effect(() => {
      const { state, events, latest, error } = resource;
      element.textContent = textOf({
        state: state(),
        events: events(),
        latest: latest(),
        error: error(),
      });
    });
    return resource;
  });
  return {
    show: (next) => source.set(next),
    reconnect: () => feed.reconnect(),
    unmount: () => injector.destroy(),
  };
};
