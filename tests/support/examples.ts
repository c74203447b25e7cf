import { readFileSync } from "node:fs";
import { basename, join } from "node:path";
import type { V1PodTemplateSpec } from "@kubernetes/client-node";
import { expect } from "chai";
import { parseAllDocuments } from "yaml";
import type { AdmissionSuite } from "./admission-suite.ts";
import { eventually } from "./eventually.ts";
import { nameOf, readPodsAndClaims } from "./pods-and-claims.ts";
import type { PodsAndClaims } from "./pods-and-claims.ts";
import { applyQuotaFirst } from "./quota-first.ts";
import { uniqueNamespace } from "./shared-control-plane.ts";

export const examplesDirectory = join(import.meta.dirname, "../../examples");

/** A manifest of examples/, by its name without `.yaml`. */
export function examplePath(name: string): string {
  return join(examplesDirectory, `${name}.yaml`);
}

/** Applies an example as a person does, into a namespace of its own, and returns that. Fails at a warning, too. */
export async function applyExample(
  { controlPlane }: AdmissionSuite,
  name: string,
): Promise<string> {
  const namespace = await uniqueNamespace(basename(name));
  await applyQuotaFirst(controlPlane, namespace, examplePath(name));
  const { exitCode, stderr } = await controlPlane.kubectl([
    "apply",
    "-n",
    namespace,
    "-f",
    examplePath(name),
  ]);
  expect(stderr).to.equal("");
  expect(exitCode).to.equal(0);
  return namespace;
}

/** Waits until the namespace has exactly `count` Pods, all in `phase`, and as many claims that are Bound. */
export function settled(
  { core }: AdmissionSuite,
  namespace: string,
  count: number,
  phase = "Running",
): Promise<PodsAndClaims> {
  return eventually(
    `${count} Pods ${phase}, each on a Bound claim`,
    async () => {
      const found = await readPodsAndClaims(core, namespace);
      const phases = found.pods.map(({ status }) => status?.phase);
      const bound = found.claims.filter(
        ({ status }) => status?.phase === "Bound",
      );
      if (
        phases.length === count &&
        phases.every((one) => one === phase) &&
        bound.length >= count
      )
        return found;
      throw new Error(
        `Pods ${phases.join(", ")}; ${bound.length} of ${found.claims.length} claims Bound`,
      );
    },
  );
}

/** The Pod template of the example's workload. */
export function templateIn(name: string): V1PodTemplateSpec {
  const [template] = parseAllDocuments(readFileSync(examplePath(name), "utf8"))
    .map((document) => document.toJS() as Workload)
    .flatMap(
      ({ spec }) => spec?.jobTemplate?.spec.template ?? spec?.template ?? [],
    );
  if (template === undefined) throw new Error(`${name} has no Pod template`);
  return template;
}

interface Workload {
  readonly spec?: {
    readonly template?: V1PodTemplateSpec;
    readonly jobTemplate?: {
      readonly spec: { readonly template: V1PodTemplateSpec };
    };
  };
}

/** What the claims of the Pods are, by the name of the Pod. */
export function claimByPod({ pods }: PodsAndClaims): Map<string, string> {
  return new Map(
    pods.map((pod) => {
      const claims = (pod.spec?.volumes ?? []).flatMap(
        ({ persistentVolumeClaim }) => persistentVolumeClaim?.claimName ?? [],
      );
      expect(claims, nameOf(pod)).to.have.lengthOf(1);
      return [nameOf(pod), claims[0] ?? ""];
    }),
  );
}
