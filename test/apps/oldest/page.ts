// A page that shows feeds by the bindings of all frameworks: the test says which, and when.
import * as angular from "../../browser/bindings/angular.ts";
import type { Mount, Mounted } from "../../browser/bindings/mounted.ts";
import * as react from "../../browser/bindings/react.ts";
import * as solid from "../../browser/bindings/solid.ts";
import * as svelte from "../../browser/bindings/svelte.ts";
import * as vue from "../../browser/bindings/vue.ts";

const frameworks: Readonly<Record<string, Mount>> = {
  React: react.mount,
  Vue: vue.mount,
  Solid: solid.mount,
  Svelte: svelte.mount,
  "Svelte's stores": svelte.mountStore,
  Angular: angular.mount,
};

/** Shows a URL in the page's element, by the binding of a framework. */
const show = (framework: string, url: string): Mounted =>
  frameworks[framework]!(document.querySelector("main")!, url, { types: "tick", lingerMs: 0 });

export type Show = typeof show;

Object.assign(globalThis, { show });
