import { parseArgs } from "node:util";

/** How the suite is to be run. */
export interface EndToEndOptions {
  readonly help: boolean;
  /** Leave a cluster of our own up afterwards, and what is installed on it. */
  readonly keep: boolean;
  /** Only the main path, and only where nothing has to be built for it first. */
  readonly short: boolean;
  /** Only the tests whose titles hold this, as a regular expression. */
  readonly only: string | undefined;
}

/** @throws naming the option, when one is unknown or `--only` is no regular expression */
export function parseOptions(argv: readonly string[]): EndToEndOptions {
  const { values } = parseArgs({
    args: [...argv],
    options: {
      help: { type: "boolean", default: false, short: "h" },
      keep: { type: "boolean", default: false },
      short: { type: "boolean", default: false },
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

/** The text of `--help`. */
export const help = `Runs the end-to-end suite on a real cluster: kubelet, containers, volumes, Knative Serving, Kourier.

  npm run e2e                          everything, about 25 minutes
  npm run e2e -- --short               install, wake from zero, three replicas, sweep, uninstall, in 5 minutes
  KUBECONFIG=... npm run e2e           on a cluster that has Knative Serving and Kourier already (docs/e2e.md: kind)

Without KUBECONFIG it brings up a cluster of its own from packages, on Debian as root, and takes it down afterwards, also
after Ctrl-C. What that runs is built once, in about 25 minutes on 2 cores, and kept in the user's cache directory. One
machine has one such cluster at a time.

Options
  --keep         leave the cluster up, with what is installed on it, and print its KUBECONFIG
  --short        the main path only; where the cluster would have to be built first, it says so and does nothing
  --only <text>  tests whose titles hold this text or regular expression, and the installation before them; the tests of a
                 suite build on each other, so the title of a suite is best, such as --only "the function at zero"
  --help         this text

Exit codes: 0 passed, 1 a test failed, 2 bad options, 3 not run, and a line says why: this machine cannot run a cluster or
has one already, or that of KUBECONFIG is in use; ended by a signal: 128 and its number.
`;
