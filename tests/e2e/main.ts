import { parseArgs } from "node:util";
import {
  componentsOf,
  describeLeftOut,
  suitesWithout,
  usersOf,
  type Component,
  type MissingComponent,
} from "./components.ts";
import { runCommand } from "../control-plane/command.ts";
import { runProgram } from "../control-plane/run-program.ts";
import { EXIT_NOT_RUN } from "./own-cluster.ts";
import { overlayWithImages, removeOverlay } from "./steps/overlay.ts";
import {
  countTests,
  mochaArguments,
  suitesOf,
  withPreparation,
} from "./suites.ts";
import { withCluster } from "./with-cluster.ts";

const help = `Runs the end-to-end suite on a real cluster: kubelet, containers, volumes, Knative Serving, Kourier.

  npm run e2e                          everything, about an hour when all is built
  npm run e2e -- --short               install, wake from zero, three replicas, sweep, snapshots, uninstall, in 8 minutes
  KUBECONFIG=... npm run e2e           on a cluster that has Knative Serving and Kourier (docs/e2e.md shows one with kind)

Without KUBECONFIG it creates a cluster of its own from packages, on Debian as root, and removes it afterwards, also after
Ctrl-C. The first run builds the programs of that cluster, in 13 minutes on 2 cores, and then what some suites need beside it,
such as a storage driver (docs/e2e.md has the times). It keeps both in the user's cache directory. A machine has one such cluster
at a time.

Options
  --keep         leave the cluster up, with what is installed on it, and print the line that leads a shell to it
  --short        the main path only; if the cluster must be built first, it prints that, and returns 3
  --only <text>  tests whose titles contain the text or match the regular expression; before them the installation, and before
                 the overlay without Knative also the uninstallation. The tests of a suite build on each other, so give the
                 title of a suite, such as --only "the function at zero"
  --help         this text

The last line names the suites and the parts of suites that did not run, and why.

Exit codes: 0 passed, with --short also if it left suites out, 1 a test failed, 2 wrong options, 3 not run, and a line gives the
reason: this machine cannot run a cluster or has one already, the cluster must be built first (--short), the cluster of KUBECONFIG is in
use, or, after the other suites have passed, this machine or that cluster lacks what some suites need. Ended by a signal: 128 and its number.
`;

interface EndToEndOptions {
  readonly help: boolean;
  readonly keep: boolean;
  readonly short: boolean;
  readonly only: string | undefined;
}

/** @throws naming the option, when one is unknown or `--only` is no regular expression */
function parseOptions(argv: readonly string[]): EndToEndOptions {
  const flag = { type: "boolean", default: false } as const;
  const { values } = parseArgs({
    args: [...argv],
    options: {
      help: { ...flag, short: "h" },
      keep: flag,
      short: flag,
      only: { type: "string" },
    },
  });
  const { only } = values;
  if (only !== undefined && !isExpression(only))
    throw new Error(
      `--only: ${JSON.stringify(only)} is not a regular expression; put \\ before ( ) [ ] * + ?`,
    );
  return { ...values, only };
}

function isExpression(text: string): boolean {
  try {
    return RegExp(text) instanceof RegExp;
  } catch {
    return false;
  }
}

async function run(options: EndToEndOptions): Promise<number> {
  const { only } = options;
  const suites = suitesOf(options);
  if (only !== undefined && (await countTests(suites, only)) === 0) {
    say(`--only: no test has ${JSON.stringify(only)} in its title`);
    return 2;
  }
  const components = await componentsNeeded(suites, only);
  return withCluster(
    "end to end",
    { ...options, components },
    (env, aborted, missing) => runSuites(options, missing, env, aborted),
  );
}

/** What the suites need, or those of them that have tests whose titles match. */
async function componentsNeeded(
  suites: readonly string[],
  only: string | undefined,
): Promise<Component[]> {
  const needed: Component[] = [];
  for (const component of componentsOf(suites))
    if (only === undefined || (await countTests(usersOf(component), only)) > 0)
      needed.push(component);
  return needed;
}

async function runSuites(
  options: EndToEndOptions,
  missing: readonly MissingComponent[],
  env: NodeJS.ProcessEnv,
  aborted: AbortSignal,
): Promise<number> {
  const { short, only } = options;
  const overlay = await overlayWithImages("kourier");
  try {
    const { exitCode } = await runProgram(
      process.execPath,
      mochaArguments(
        suitesWithout(suitesOf(options), missing),
        only === undefined ? only : await withPreparation(only),
      ),
      { env: { ...env, E2E_OVERLAY: overlay }, show: true, aborted },
    );
    const passed = exitCode === 0 && !missing.some(({ failed }) => failed);
    const outcome = `${passed ? "passed" : "failed"}${short ? ", short form" : ""}`;
    say(`end to end: ${outcome}${describeLeftOut(options, missing)}`);
    if (!passed) return 1;
    return short || missing.length === 0 ? 0 : EXIT_NOT_RUN;
  } finally {
    await removeOverlay(overlay);
  }
}

function say(line: string): void {
  process.stderr.write(`${line}\n`);
}

process.exitCode = await runCommand({ parseOptions, help, run });
