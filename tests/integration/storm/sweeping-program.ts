/**
 * The janitor as a program that sweeps all namespaces again and again without a pause. The variables are KUBECONFIG, and GRACE_MS for the
 * grace period. It writes a line for each sweep. Every other sweep lists in small pages, as large namespaces have many pages.
 */
import { errorMessage } from "../../../functions/contract/error-message.ts";
import { sweepOn } from "../janitor/runs.ts";

const { GRACE_MS, KUBECONFIG } = process.env;

for (let sweeps = 0; ; sweeps += 1) {
  const ended = await sweepOn(KUBECONFIG ?? "", undefined, {
    gracePeriodMs: Number(GRACE_MS),
    pageSize: sweeps % 2 === 0 ? 500 : 5,
  }).then(() => "swept", errorMessage);
  process.stdout.write(`${ended.replaceAll("\n", " ")}\n`);
}
