export { default } from "../events.js";
