import { testApp } from "../support/app.ts";
import { vitePages } from "../support/pages.ts";

testApp("../react", vitePages);
