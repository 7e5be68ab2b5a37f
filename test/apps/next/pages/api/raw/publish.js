export { default } from "../publish.js";

/** Next's parser makes text of every body that is not JSON. */
export const config = { api: { bodyParser: false } };
