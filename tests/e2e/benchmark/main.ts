import path from "node:path";
import { parseArgs } from "node:util";
import { runProgram } from "../../support/run-program.ts";
import { overlayWithImages, removeOverlay } from "../overlay.ts";
import { withCluster } from "../with-cluster.ts";

const help = `Measures the cold start of the function on real Knative, and where its time goes.

  npm run bench:e2e                    10 rounds as installed, 3 of each variant, about 30 minutes
  npm run bench:e2e -- --rounds 3      fewer

It calls, interleaved, a hello-world Knative Service of bare Node through the same gateway, and writes its tables and a
timeline to docs/benchmarks. It needs a cluster of its own: npm run e2e -- --help says what that takes.

Options
  --rounds <n>   rounds as installed; each variant gets a quarter of it. Under 10 nothing is written
  --keep         leave a cluster of its own up
  --help         this text
`;

const { values } = parseArgs({
  options: {
    rounds: { type: "string", default: "10" },
    keep: { type: "boolean", default: false },
    help: { type: "boolean", default: false, short: "h" },
  },
});

if (values.help) process.stdout.write(help);
else if (!/^[1-9]\d*$/.test(values.rounds)) {
  process.stderr.write(
    `--rounds: ${JSON.stringify(values.rounds)} is not a whole number above 0\n`,
  );
  process.exitCode = 2;
} else if (process.env["KUBECONFIG"]) {
  process.stderr.write(
    "benchmark: KUBECONFIG is set, but it makes images and settings of its own; unset it, and a cluster is made\n",
  );
  process.exitCode = 2;
} else {
  process.exitCode = await withCluster(
    "benchmark",
    { keep: values.keep, short: false },
    async (env, aborted) => {
      const overlay = await overlayWithImages("kourier");
      try {
        const { exitCode } = await runProgram(
          process.execPath,
          [path.join(import.meta.dirname, "rounds.ts"), values.rounds],
          { env: { ...env, E2E_OVERLAY: overlay }, show: true, aborted },
        );
        return exitCode === 0 ? 0 : 1;
      } finally {
        await removeOverlay(overlay);
      }
    },
  );
}
