import { expect } from "chai";
import fc from "fast-check";
import type { V1Volume } from "@kubernetes/client-node";
import { planPod } from "../../../functions/admission/plan-pod.ts";
import { aPod, aRequest } from "../../support/builders.ts";
import { claimPlan, patchedBy, templatesOf } from "./claim-plan.ts";

function volumeOf({
  claimed,
  name,
  type,
}: {
  readonly name: string;
  readonly claimed: boolean;
  readonly type: Omit<V1Volume, "name">;
}): V1Volume {
  return claimed ? { name, emptyDir: {} } : { name, ...structuredClone(type) };
}

describe("planPod on any Pod", () => {
  it("changes nothing but what the contract says, for any Pod and any number of volumes, and twice is once", async () => {
    const name = fc.stringMatching(/^[a-z]([-a-z0-9]{0,20}[a-z0-9])?$/);
    const volume = fc.record({
      name,
      claimed: fc.boolean(),
      declared: fc.boolean(),
      inInitContainer: fc.boolean(),
      /** What a volume is that is none of ours. */
      type: fc.constantFrom<Omit<V1Volume, "name">>(
        { emptyDir: { medium: "Memory" } },
        { configMap: { name: "settings" } },
        { hostPath: { path: "/var/log" } },
        { persistentVolumeClaim: { claimName: "shared" } },
      ),
    });
    // Fields that this program has never heard of, or has nothing to do with.
    const others = fc.dictionary(
      fc.stringMatching(/^x[A-Za-z~/]{1,9}$/),
      fc.jsonValue({ maxDepth: 2 }),
      { maxKeys: 4 },
    );
    const labelKey = fc.oneof(
      name,
      fc.constantFrom("a/b", "a~b", "a~1b/c", "__proto__x", "constructor"),
    );
    const pods = fc.record({
      labels: fc.option(fc.dictionary(labelKey, name, { maxKeys: 5 }), {
        nil: undefined,
      }),
      volumes: fc.uniqueArray(volume, {
        selector: (one) => one.name,
        maxLength: 20,
      }),
      generateName: fc.option(name, { nil: undefined }),
      annotations: fc.dictionary(labelKey, fc.string(), { maxKeys: 3 }),
      inMetadata: others,
      inSpec: others,
    });
    await fc.assert(
      fc.asyncProperty(
        pods,
        fc.uuid(),
        async ({ volumes: drawn, ...rest }, uid) => {
          const { annotations, generateName, inMetadata, inSpec, labels } =
            rest;
          // A volume called "name" has to come first; there is a test of its own for it.
          const all = drawn.filter((one) => one.name !== "name");
          const claimed = all.filter((one) => one.claimed);
          const declared = all.filter((one) => !one.claimed || one.declared);
          fc.pre(claimed.length > 0);
          const pod = aPod({
            annotations: { ...annotations, ...templatesOf(claimed) },
            volumes: declared.map(volumeOf),
            mounts: claimed
              .filter((one) => !one.inInitContainer)
              .map((one) => one.name),
            ...(labels && { labels }),
          });
          Object.assign(pod.metadata ?? {}, inMetadata);
          if (pod.metadata && generateName)
            pod.metadata.generateName = generateName;
          const initContainer = {
            name: "first",
            volumeMounts: claimed
              .filter((one) => one.inInitContainer)
              .map((one) => ({
                name: one.name,
                mountPath: `/first/${one.name}`,
              })),
          };
          Object.assign(pod.spec ?? {}, inSpec, {
            initContainers: [initContainer],
          });
          const received = structuredClone(pod);
          const plan = await claimPlan(aRequest(pod, { uid }));
          expect(pod, "the request is not touched").to.deep.equal(received);

          const claims = plan.claims.map(
            ({ manifest }) => manifest.metadata.name,
          );
          expect(new Set(claims).size).to.equal(claimed.length);
          const claimOf = new Map(
            claimed.map((one, index) => [one.name, claims[index] ?? ""]),
          );
          const wanted = structuredClone(received);
          if (wanted.metadata)
            wanted.metadata.labels = {
              ...labels,
              "volume-claim/name": claims[0] ?? "",
              ...Object.fromEntries(
                [...claimOf].map(([of, claim]) => [
                  `volume-claim/${of}`,
                  claim,
                ]),
              ),
            };
          const added = claimed.filter((one) => !one.declared);
          if (wanted.spec)
            wanted.spec.volumes = [...declared, ...added].map((one) => {
              const claimName = claimOf.get(one.name);
              return claimName === undefined
                ? volumeOf(one)
                : { name: one.name, persistentVolumeClaim: { claimName } };
            });
          const patched = patchedBy(received, plan);
          expect(patched).to.deep.equal(wanted);
          const again = await planPod(aRequest(patched, { uid: "again" }));
          expect(again.kind).to.equal("allow");
        },
      ),
    );
  });
});
