import { EXIT_UNUSABLE } from "../contract/exit-codes.ts";

/** The name of the program. Its own messages begin with it. */
export const NAME = "stateful-deployments-render";

/** The same as `engines` in package.json. */
const OLDEST = { major: 22, minor: 19 };

const version = process.versions.node;
const [major = 0, minor = 0] = version.split(".").map(Number);
// Here and not in main.ts, which imports this first: an older Node.js fails while it loads the rest of the program.
if (major < OLDEST.major || (major === OLDEST.major && minor < OLDEST.minor)) {
  process.stderr.write(
    `${NAME}: needs Node.js ${OLDEST.major}.${OLDEST.minor} or newer, this is ${version}\n`,
  );
  process.exit(EXIT_UNUSABLE);
}
