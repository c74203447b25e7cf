import path from "node:path";
import { parseArgs } from "node:util";
import { runCommand } from "../../control-plane/command.ts";
import { runProgram } from "../../control-plane/run-program.ts";
import { overlayWithImages, removeOverlay } from "../steps/overlay.ts";
import { withCluster } from "../with-cluster.ts";

const help = `Measures the function on real Knative: its cold start, and where its time goes.

  npm run bench:e2e                    10 rounds, about 30 minutes
  npm run bench:e2e -- --rounds 3      fewer
  npm run bench:e2e -- --bursts        500 Pods at once with several settings of the autoscaler, 3 rounds, about 15 minutes

Each round of cold starts also calls a hello-world Knative Service of bare Node, and builds of the function that do less for a fast start.
It writes its tables to docs/benchmarks. It needs a cluster of its own: npm run e2e -- --help says what that takes.

Options
  --bursts       measures bursts instead of cold starts
  --rounds <n>   rounds; with fewer than 10 cold starts, or 3 bursts, nothing is written
  --keep         leaves a cluster of its own up
  --help         this text
`;

interface BenchmarkOptions {
  readonly bursts: boolean;
  readonly help: boolean;
  readonly keep: boolean;
  /** As many as the measurement usually has, unless given. */
  readonly rounds?: string;
}

function parseOptions(argv: readonly string[]): BenchmarkOptions {
  const { values } = parseArgs({
    args: [...argv],
    options: {
      bursts: { type: "boolean", default: false },
      rounds: { type: "string" },
      keep: { type: "boolean", default: false },
      help: { type: "boolean", default: false, short: "h" },
    },
  });
  if (values.rounds !== undefined && !/^[1-9]\d*$/.test(values.rounds))
    throw new Error(
      `--rounds: ${JSON.stringify(values.rounds)} is not a whole number above 0`,
    );
  return values;
}

async function run({
  bursts,
  keep,
  rounds,
}: BenchmarkOptions): Promise<number> {
  if (process.env["KUBECONFIG"]) {
    process.stderr.write(
      "benchmark: KUBECONFIG is set, but it makes images and settings of its own; unset it, and a cluster is made\n",
    );
    return 2;
  }
  return withCluster(
    "benchmark",
    { keep, short: false },
    async (env, aborted) => {
      const overlay = await overlayWithImages("kourier");
      try {
        const { exitCode } = await runProgram(
          process.execPath,
          [
            path.join(import.meta.dirname, bursts ? "bursts.ts" : "rounds.ts"),
            ...(rounds === undefined ? [] : [rounds]),
          ],
          { env: { ...env, E2E_OVERLAY: overlay }, show: true, aborted },
        );
        return exitCode === 0 ? 0 : 1;
      } finally {
        await removeOverlay(overlay);
      }
    },
  );
}

process.exitCode = await runCommand({ parseOptions, help, run });
