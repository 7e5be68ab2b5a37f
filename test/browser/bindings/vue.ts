import { useFeed } from "@steadfeed/client/vue";
import { createApp, h, shallowRef } from "vue";
import { textOf, type Mount } from "./mounted.ts";

export const mount: Mount = (element, first, options) => {
  const source = shallowRef(first);
  let reconnect!: () => void;
  const app = createApp({
    setup() {
      const feed = useFeed(() => source.value as string, options);
      ({ reconnect } = feed);
      const { state, events, latest, error } = feed;
      return () =>
        h(
          "p",
          textOf({
            state: state.value,
            events: events.value,
            latest: latest.value,
            error: error.value,
          }),
        );
    },
  });
  app.mount(element);
  return {
    show: (next) => void (source.value = next),
    reconnect: () => reconnect(),
    unmount: () => app.unmount(),
  };
};
