import path from "node:path";
import { runProgram } from "../../control-plane/run-program.ts";

/** What the suites install: the kourier overlay with the images of this run. */
const installed =
  process.env["E2E_OVERLAY"] ??
  path.join(import.meta.dirname, "../../../manifests/overlays/kourier");

/** kubectl's exit code if it finds differences; higher ones are errors. */
const EXIT_DIFFERENT = 1;

/**
 * What kubectl finds between the installed manifests and the cluster, empty if there is no difference. With `--server-side` the API
 * server compares. Both include what webhooks, such as those of Knative, would fill in. Throws, with kubectl's complaint, if it
 * could not compare.
 */
export async function differences(
  flags: readonly string[] = [],
  env: NodeJS.ProcessEnv = process.env,
): Promise<string> {
  const args = ["diff", "-k", installed, ...flags];
  const { stdout, stderr, exitCode } = await runProgram("kubectl", args, {
    env,
  });
  if (exitCode === 0) return stdout;
  // Without a difference on its standard output, something else has failed.
  if (exitCode === EXIT_DIFFERENT && stdout !== "") return stdout;
  throw new Error(
    `kubectl ${args.join(" ")}: exit code ${exitCode}\n${stderr}`,
  );
}

/** Applies the installed manifests by the API server. Throws, with the conflicts, if another manager has one of the fields. */
export async function applyServerSide(): Promise<void> {
  const args = ["apply", "--server-side", "-k", installed];
  const { stderr, exitCode } = await runProgram("kubectl", args);
  if (exitCode !== 0)
    throw new Error(
      `kubectl ${args.join(" ")}: exit code ${exitCode}\n${stderr}`,
    );
}
