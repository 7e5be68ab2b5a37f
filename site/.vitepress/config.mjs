import { readFileSync } from "node:fs";
import { defineConfig } from "vitepress";
import llms from "vitepress-plugin-llms";
import { searchOptions } from "../search.mjs";
import { sidebar } from "../sidebar.mjs";

const { repository, description } = JSON.parse(
  readFileSync(new URL("../../package.json", import.meta.url), "utf8"),
);

/** The site: every page of `docs/` and the reference, with a search of its own and nothing loaded from elsewhere. */
export default defineConfig({
  title: "Steadfeed",
  description,
  lang: "en-GB",
  srcDir: "pages",
  outDir: "dist",
  lastUpdated: false,
  markdown: { theme: { light: "github-light", dark: "github-dark" } },
  vite: { plugins: [llms()] },
  themeConfig: {
    nav: [
      { text: "Get started", link: "/getting-started" },
      { text: "Guides", link: "/guides" },
      { text: "Reference", link: "/reference/" },
    ],
    sidebar,
    outline: [2, 3],
    search: { provider: "local", options: { miniSearch: { searchOptions } } },
    socialLinks: [{ icon: "github", link: repository.url }],
  },
});
