#!/usr/bin/env node
import { EXIT_UNUSABLE, NAME } from "./program.ts";
import { nodeProblem } from "./supported-node.ts";

const problem = nodeProblem(process.versions.node);
if (problem === undefined) {
  cacheCompiledCode(process.env);
  // Only now: an older Node.js could not even load it.
  const { command } = await import("./command.ts");
  process.exitCode = await command(process.argv.slice(2));
} else {
  process.stderr.write(`${NAME}: ${problem}\n`);
  process.exitCode = EXIT_UNUSABLE;
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
