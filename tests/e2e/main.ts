import path from "node:path";
import { listenForInterruption } from "../demo/interruption.ts";
import { givenCluster } from "./given-cluster.ts";
import { help, parseOptions } from "./options.ts";
import type { EndToEndOptions } from "./options.ts";
import { overlayWithImages, removeOverlay } from "./overlay.ts";
import { bringUp, isBuilt, startGuardian } from "./own-cluster.ts";
import { runProgram } from "../support/run-program.ts";

const here = import.meta.dirname;
const mocha = path.join(here, "../../node_modules/mocha/bin/mocha.js");

/** In this order: what comes first installs, what comes last uninstalls, and the CronJob's grace period runs meanwhile. */
const suites = [
  "installation",
  "early-orphans",
  "waking",
  "janitor",
  "rollout",
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
  const given = await givenCluster();
  if (given === true) {
    say("end to end: on the cluster of KUBECONFIG");
    const interruption = listenForInterruption();
    return Promise.race([
      runSuites(options, process.env, interruption.signal),
      interruption.came,
    ]);
  }
  if (options.short && !(await isBuilt())) {
    say(
      `end to end: not run. ${given}, and a cluster of its own would have to be built first: npm run e2e does that, once`,
    );
    return 0;
  }
  say(`end to end: ${given}; on a cluster of its own`);
  return onOwnCluster(options);
}

async function onOwnCluster(options: EndToEndOptions): Promise<number> {
  const interruption = listenForInterruption();
  const guardian = startGuardian();
  let kept = false;
  try {
    const env = await bringUp(interruption.signal);
    if (typeof env === "number") return env;
    const exitCode = await Promise.race([
      runSuites(options, env, interruption.signal),
      interruption.came,
    ]);
    if (options.keep && !interruption.signal.aborted) {
      kept = true;
      await guardian.release();
      say(
        `The cluster is up: export KUBECONFIG=${env["KUBECONFIG"]}; tests/e2e/cluster/down ends it`,
      );
    }
    return exitCode;
  } finally {
    if (!kept) await guardian.takeDown();
  }
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
