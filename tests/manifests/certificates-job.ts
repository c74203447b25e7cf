import type { V1CronJob } from "@kubernetes/client-node";
import { expect } from "chai";
import { runCertificates } from "../../janitor/certificates/command.ts";
import type { ControlPlane } from "../control-plane/control-plane.ts";
import {
  NAMESPACE,
  succeed,
  WEBHOOK_CONFIGURATION,
} from "./installed-cluster.ts";
import { find } from "./rendered.ts";
import type { Manifest } from "./rendered.ts";

/**
 * Runs the command of the CronJob `certificates` with the rights of its account, as its Pod would do, and with more flags. Returns
 * what the command printed. Throws if it fails.
 */
export async function runCertificatesJob(
  controlPlane: ControlPlane,
  manifests: readonly Manifest[],
  ...flags: readonly string[]
): Promise<string> {
  const { metadata, spec } = find(
    manifests,
    "CronJob",
    "certificates",
  ) as V1CronJob;
  const { namespace = NAMESPACE } = metadata ?? {};
  const container = spec?.jobTemplate.spec?.template.spec?.containers[0];
  expect(container?.env).to.deep.equal([
    {
      name: "JANITOR_CERTIFICATES_NAMESPACE",
      valueFrom: {
        fieldRef: { apiVersion: "v1", fieldPath: "metadata.namespace" },
      },
    },
  ]);
  const [command, ...args] = container?.args ?? [];
  expect(command).to.equal("certificates");
  const token = await controlPlane.tokenFor(namespace, "certificates");
  const lines: string[] = [];
  const problems: string[] = [];
  const code = await runCertificates(
    [...args, ...flags],
    {
      JANITOR_CERTIFICATES_NAMESPACE: namespace,
      KUBECONFIG: controlPlane.kubeconfigFor(token),
    },
    {
      out: (line) => lines.push(line),
      problem: (line) => problems.push(line),
    },
  );
  expect(code, problems.join("\n")).to.equal(0);
  return lines.join("\n");
}

/** How the API server calls the function, as the command has written it: JSON. */
export function clientConfig(controlPlane: ControlPlane): Promise<string> {
  return succeed(controlPlane, [
    "get",
    `mutatingwebhookconfiguration/${WEBHOOK_CONFIGURATION}`,
    "--output=jsonpath={.webhooks[0].clientConfig}",
  ]);
}
