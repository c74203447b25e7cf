import path from "node:path";
import { runProgram } from "../control-plane/run-program.ts";

const here = import.meta.dirname;
const mocha = path.join(here, "../../node_modules/mocha/bin/mocha.js");

/**
 * In this order: Skaffold installs and removes the product by itself, so it comes before the suite that installs. The grace period of
 * the CronJob passes before that is tested; the suite of the alerts, after it, deletes its Jobs and writes its last success. After the
 * uninstallation the other overlay is installed.
 */
const all = [
  "skaffold/commands",
  "installation/install",
  "janitor/early-orphans",
  "workloads/waking",
  "janitor/sweep",
  "workloads/rollout",
  "workloads/reuse",
  "workloads/examples",
  "storage/driver",
  "storage/sources",
  "storage/volumes",
  "storage/limits",
  "storage/reuse",
  "storage/postgres",
  "storage/from-stateful-set",
  "workloads/burst",
  "workloads/knative-service",
  "workloads/knative-reuse",
  "network/outside",
  "network/policies",
  "janitor/cronjob",
  "monitoring/alerts-and-dashboard",
  "installation/renewal",
  "workloads/restarts",
  "installation/audit",
  "installation/uninstall",
  "installation/deployment-overlay",
];
/** With --keep they are left out: the first overlay stays installed. */
const notKept: ReadonlySet<string> = new Set([
  "installation/uninstall",
  "installation/deployment-overlay",
]);
const short = [
  "installation/install",
  "workloads/waking",
  "janitor/sweep",
  "storage/driver",
  "storage/sources",
  "installation/uninstall",
];

/** The names of the suites of a run: their files in this folder, without the ending. */
export function suitesOf(options: {
  readonly short: boolean;
  readonly keep: boolean;
}): string[] {
  return (options.short ? short : all).filter(
    (name) => !(options.keep && notKept.has(name)),
  );
}

/** The arguments of Node that run these suites, or their tests whose titles match. */
export function mochaArguments(
  suites: readonly string[],
  titles?: string,
): string[] {
  return [
    mocha,
    "--no-config",
    "--extension=ts",
    "--timeout=900000",
    "--slow=60000",
    "--bail=false",
    ...(titles === undefined ? [] : ["--grep", titles]),
    ...suites.map((name) => path.join(here, `${name}.e2e.ts`)),
  ];
}

/** Begin the titles of the suites that install and uninstall. */
const installation = "^installation, by";
const uninstallation = "^uninstallation, by";

/**
 * An expression for the tests whose titles match and for what must run before them: the installation, and for the overlay without
 * Knative the uninstallation of the other.
 */
export async function withPreparation(titles: string): Promise<string> {
  const before = [installation];
  if ((await countTests(["installation/deployment-overlay"], titles)) > 0)
    before.push(uninstallation);
  return [...before, titles].join("|");
}

/** Counts the tests whose titles match, without running one. Throws, with its output, if mocha fails. */
export async function countTests(
  suites: readonly string[],
  titles: string,
): Promise<number> {
  const { stdout, stderr, exitCode } = await runProgram(
    process.execPath,
    [...mochaArguments(suites, titles), "--dry-run", "--reporter=json"],
    // The suites create their clients when they are loaded, here for no cluster: they must read no kubeconfig.
    { env: { ...process.env, KUBECONFIG: "", HOME: "/nowhere" } },
  );
  if (exitCode !== 0) throw new Error(`${stdout}${stderr}`.trim());
  const { stats } = JSON.parse(stdout) as { stats: { tests: number } };
  return stats.tests;
}
