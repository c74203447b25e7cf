/**
 * Measures how claims are handed over, and prints tables:
 *     node tests/benchmarks/hand-over/main.ts [share]
 * `share` of the whole load, such as 0.2, is for a quick look. With the whole load it writes docs/benchmarks/hand-over.md.
 */
import { writeFile } from "node:fs/promises";
import path from "node:path";
import { AppsV1Api, CoreV1Api } from "@kubernetes/client-node";
import { format } from "prettier";
import { createNamespace } from "../../control-plane/cluster-objects.ts";
import { startControlPlane } from "../../control-plane/control-plane.ts";
import { isClaimed } from "../../support/admission-suite.ts";
import { buildIfOld } from "../../support/built-programs.ts";
import { startFunction } from "../../support/function-on.ts";
import {
  registerWebhook,
  webhookConfiguration,
} from "../../support/webhook.ts";
import { circumstances } from "../measure/circumstances.ts";
import { DIRECTORY } from "../report/published.ts";
import { measureAdmissions } from "./admissions.ts";
import { measureControllers } from "./controllers.ts";
import { pageText, sectionText } from "./report.ts";
import type { Section } from "./report.ts";

const PAGE = path.join(DIRECTORY, "hand-over.md");
/** Shorter than the product's; the control plane stores a Pod in less. */
const LEASE_MS = 4_000;

const share = Number(process.argv[2] ?? 1);
if (!(share > 0 && share <= 1)) throw new Error("the share is from 0 to 1");
const of = (whole: number): number => Math.max(2, Math.round(whole * share));

await buildIfOld();
const measured = await circumstances();
const sections: Section[] = [];
const done = (section: Section): void => {
  sections.push(section);
  console.log(sectionText(section));
};
const controlPlane = await startControlPlane();
try {
  done(
    await measureAdmissions(controlPlane, {
      rounds: of(200),
      sets: of(1_000),
      pods: of(500),
    }),
  );
  const running = await startFunction(
    controlPlane,
    undefined,
    undefined,
    LEASE_MS,
  );
  try {
    const core = controlPlane.kubeConfig.makeApiClient(CoreV1Api);
    const apps = controlPlane.kubeConfig.makeApiClient(AppsV1Api);
    const suite = { controlPlane, core, apps, running };
    await createNamespace(controlPlane.kubeConfig, "probe");
    await registerWebhook(
      controlPlane.kubeConfig,
      webhookConfiguration(running),
      () => isClaimed(suite, "probe"),
    );
    await measureControllers(
      suite,
      {
        workloads: of(6),
        rounds: of(5),
        burst: of(100),
        leaseMs: LEASE_MS,
      },
      done,
    );
  } finally {
    await running.stop();
  }
} finally {
  await controlPlane.stop();
}
if (share === 1) {
  const text = pageText(sections, measured);
  await writeFile(PAGE, await format(text, { parser: "markdown" }));
}
