import path from "node:path";
import { help, parseOptions } from "./options.ts";
import type { EndToEndOptions } from "./options.ts";
import { overlayWithImages, removeOverlay } from "./overlay.ts";
import { runProgram } from "../support/run-program.ts";
import { withCluster } from "./with-cluster.ts";

const here = import.meta.dirname;
const mocha = path.join(here, "../../node_modules/mocha/bin/mocha.js");

/** In this order: what comes first installs, what comes last uninstalls, and the CronJob's grace period runs meanwhile. */
const suites = [
  "installation",
  "early-orphans",
  "waking",
  "janitor",
  "rollout",
  "examples",
  "burst",
  "knative-service",
  "outside",
  "renewal",
  "restarts",
  "cronjob",
  "audit",
  "uninstallation",
];
const shortSuites = ["installation", "waking", "janitor", "uninstallation"];

async function main(argv: readonly string[]): Promise<number> {
  let options: EndToEndOptions;
  try {
    options = parseOptions(argv);
  } catch (error) {
    say(`${messageOf(error)}\nTry --help.`);
    return 2;
  }
  if (options.help) {
    process.stdout.write(help);
    return 0;
  }
  return withCluster("end to end", options, (env, aborted) =>
    runSuites(options, env, aborted),
  );
}

async function runSuites(
  { short, only, keep }: EndToEndOptions,
  env: NodeJS.ProcessEnv,
  aborted: AbortSignal,
): Promise<number> {
  const overlay = await overlayWithImages("kourier");
  const names = (short ? shortSuites : suites).filter(
    (name) => !(keep && name === "uninstallation"),
  );
  try {
    const { exitCode } = await runProgram(
      process.execPath,
      [
        mocha,
        "--no-config",
        "--extension=ts",
        "--timeout=900000",
        "--slow=60000",
        "--bail=false",
        ...(only === undefined ? [] : ["--grep", `installation|${only}`]),
        ...names.map((name) => path.join(here, `${name}.e2e.ts`)),
      ],
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

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

process.exitCode = await main(process.argv.slice(2));
