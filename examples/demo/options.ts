import { parseArgs } from "node:util";
import {
  formatDuration,
  parseDuration,
} from "../../functions/contract/duration.ts";

/** Soon enough to be seen by somebody who waits for it; the CronJob runs every few minutes. */
const defaultSweepInterval = "30s";
/** A sweep takes a good part of a second, most of it Node's own start. */
const minSweepIntervalMs = 1_000;
/** More than anybody looks around for, and far below the 24.8 days after which a timer of Node fires at once. */
const maxSweepIntervalMs = 86_400_000;
const sweepIntervals = `at least ${formatDuration(minSweepIntervalMs)} and at most ${formatDuration(maxSweepIntervalMs)}`;

/** How the demonstration is to be run. */
export interface DemoOptions {
  readonly help: boolean;
  /** End after the last step, even on a terminal. */
  readonly once: boolean;
  /** Milliseconds between the end of a sweep and the next one, while it stays up. */
  readonly sweepIntervalMs: number;
}

/** @throws naming the option, when one is unknown or its value is of no use */
export function parseOptions(argv: readonly string[]): DemoOptions {
  const { values } = parseArgs({
    args: [...argv],
    options: {
      help: { type: "boolean", default: false, short: "h" },
      once: { type: "boolean", default: false },
      "sweep-every": { type: "string", default: defaultSweepInterval },
    },
  });
  const given = values["sweep-every"];
  const sweepIntervalMs = parseDuration(given);
  if (
    sweepIntervalMs === undefined ||
    sweepIntervalMs < minSweepIntervalMs ||
    sweepIntervalMs > maxSweepIntervalMs
  ) {
    throw new Error(
      `--sweep-every ${JSON.stringify(given)}: give a duration of ${sweepIntervals}, such as ${defaultSweepInterval}`,
    );
  }
  return { help: values.help, once: values.once, sweepIntervalMs };
}

/** The text of `--help`. */
export const help = `Shows what stateful-deployments does, on a Kubernetes control plane of its own: no cluster and no container is needed.

  npm start                  on a terminal it stays up afterwards, until Ctrl-C
  npm start -- --once        ends after the last step, as it does without a terminal

What runs is real but for the kubelets: etcd, kube-apiserver, kube-controller-manager (which creates the Pods of
Deployments and a volume for each claim, and collects garbage) and kube-scheduler; kwok plays two nodes whose Pods
"run" without a container. The function and the janitor are the built programs of dist/, as they go into images.

Each step prints the commands that did it, what came of it, and how long it took; a step that does not come out as
announced ends the demonstration. The manifests are those of examples/.

The janitor's grace period, 5 minutes unless told otherwise and never under 2, would be a long wait here: the steps run
it with --grace-period=0s --unsafe-grace-period, which is for clusters where no Pod is just being created.

Options
  --once                     end after the last step
  --sweep-every <duration>   how often the janitor runs while the control plane stays up: ${sweepIntervals}
                             (default ${defaultSweepInterval})
  --help                     this text

Programs of the control plane come from KUBEBUILDER_ASSETS, a directory with all of etcd, kube-apiserver,
kube-controller-manager, kube-scheduler, kubectl and kwok with its stages, if that is set. Otherwise they are built
once, with Go, in 7 minutes on 2 cores, 12 when they have other work; after that a start takes seconds. NO_COLOR=1
turns colours off.

Exit codes: 0 every step came out as announced, 1 one did not, 2 bad options; ended by a signal before the last step:
128 and its number.
`;
