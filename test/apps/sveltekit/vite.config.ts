import adapter from "@sveltejs/adapter-node";
import { sveltekit } from "@sveltejs/kit/vite";
import { defineConfig } from "vite";

// SvelteKit refuses text that is posted without an Origin, as servers do. /publish has a token instead.
const csrf = { trustedOrigins: ["*"] };

export default defineConfig({ plugins: [sveltekit({ adapter: adapter(), csrf })] });
