import { join } from "node:path";
import { testApp } from "../support/app.ts";

const pages = async (app: string) => (await import(join(app, "build/handler.js"))).handler;
testApp("../svelte", pages, ["", "stored"]);
