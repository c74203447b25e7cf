import manifest from "../../package.json" with { type: "json" };
import { needPrograms } from "./build-if-old.ts";

/** What `npm run build` makes. Tests start what is shipped; it also starts five times as fast as the sources. */
export const FUNCTION = "dist/functions/main.js";
export const JANITOR = "dist/janitor/main.js";
export const RENDER = manifest.bin["stateful-deployments-render"];

export { buildIfOld } from "./build-if-old.ts";

needPrograms([FUNCTION, JANITOR, RENDER]);
