// node --import hooks.mjs: `undici` is the version in the folder that UNDICI names.
import { registerHooks } from "node:module";
import { pathToFileURL } from "node:url";

const folder = pathToFileURL(`${process.env.UNDICI}/`).href;

registerHooks({
  resolve(specifier, context, next) {
    const found = next(specifier, context);
    return { ...found, url: found.url.replace(/^.*\/node_modules\/undici\//, folder) };
  },
});
