#!/usr/bin/env node
/** As `engines` in package.json has it. */
const OLDEST = { major: 22, minor: 19 };

const { node } = process.versions;
const [major = 0, minor = 0] = node.split(".").map(Number);
if (major > OLDEST.major || (major === OLDEST.major && minor >= OLDEST.minor)) {
  cacheCompiledCode(process.env);
  // Only now: an older Node.js cannot even load it.
  const { command } = await import("./command.ts");
  process.exitCode = await command(process.argv.slice(2));
} else {
  process.stderr.write(
    `stateful-deployments-render: needs Node.js ${OLDEST.major}.${OLDEST.minor} or newer, this is ${node}\n`,
  );
  // As for a wrong flag, which command.ts finds.
  process.exitCode = 2;
}

/**
 * Compiling takes a third of what the program adds to the start of Node.js itself, and comes out the same every time. The
 * default directory of Node.js is one for all users, who could then put code into each other's programs.
 */
function cacheCompiledCode(env: NodeJS.ProcessEnv): void {
  const home = env["HOME"] && `${env["HOME"]}/.cache`;
  const directory = env["XDG_CACHE_HOME"] || home;
  if (directory)
    process
      .getBuiltinModule("node:module")
      .enableCompileCache(`${directory}/stateful-deployments/render`);
}
