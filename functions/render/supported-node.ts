/** As `engines` in package.json has it. */
const OLDEST = { major: 22, minor: 19 };

/** Why the program cannot run on a version of Node.js, such as `20.18.1`. */
export function nodeProblem(version: string): string | undefined {
  const [major = 0, minor = 0] = version.split(".").map(Number);
  const isSupported =
    major > OLDEST.major || (major === OLDEST.major && minor >= OLDEST.minor);
  return isSupported
    ? undefined
    : `needs Node.js ${OLDEST.major}.${OLDEST.minor} or newer, this is ${version}`;
}
