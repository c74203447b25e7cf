import { runCommand } from "../support/command.ts";
import { help, parseOptions } from "./options.ts";
import type { EndToEndOptions } from "./options.ts";
import { overlayWithImages, removeOverlay } from "./overlay.ts";
import { runProgram } from "../support/run-program.ts";
import { countTests, mochaArguments, suitesOf } from "./suites.ts";
import { withCluster } from "./with-cluster.ts";

async function main(options: EndToEndOptions): Promise<number> {
  const { only } = options;
  if (only !== undefined && (await countTests(suitesOf(options), only)) === 0) {
    say(`--only: no test has ${JSON.stringify(only)} in its title`);
    return 2;
  }
  return withCluster("end to end", options, (env, aborted) =>
    runSuites(options, env, aborted),
  );
}

async function runSuites(
  options: EndToEndOptions,
  env: NodeJS.ProcessEnv,
  aborted: AbortSignal,
): Promise<number> {
  const { short, only } = options;
  const overlay = await overlayWithImages("kourier");
  try {
    const { exitCode } = await runProgram(
      process.execPath,
      mochaArguments(
        suitesOf(options),
        only === undefined ? only : `installation|${only}`,
      ),
      { env: { ...env, E2E_OVERLAY: overlay }, show: true, aborted },
    );
    if (exitCode === 0) say(`end to end: passed${short ? ", short form" : ""}`);
    return exitCode === 0 ? 0 : 1;
  } finally {
    await removeOverlay(overlay);
  }
}

function say(line: string): void {
  process.stderr.write(`${line}\n`);
}

process.exitCode = await runCommand({ parseOptions, help, run: main });
