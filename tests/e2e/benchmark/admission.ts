import { randomBytes } from "node:crypto";
import { core } from "../cluster.ts";
import { templateWithClaim } from "../workloads.ts";
import { benchmarkNamespace } from "./hello.ts";

/** A Pod that was created, with what that took in ms. */
interface Admitted {
  readonly took: number;
  /** Takes away the Pod and its claim. */
  readonly remove: () => Promise<void>;
}

/** Creates a Pod, with our annotations or without. */
export async function createPod({
  annotated,
}: {
  readonly annotated: boolean;
}): Promise<Admitted> {
  const { metadata, spec } = templateWithClaim("admitted");
  const name = `admitted-${randomBytes(4).toString("hex")}`;
  if (spec === undefined) throw new Error("the template has no spec");
  const startedAt = performance.now();
  const pod = await core.createNamespacedPod({
    namespace: benchmarkNamespace,
    body: {
      metadata: {
        name,
        ...(annotated && metadata?.annotations
          ? { annotations: metadata.annotations }
          : {}),
      },
      // No scheduler of this name: it is admission that is measured, and a Pod that starts would disturb the next one.
      spec: { ...spec, schedulerName: "nobody" },
    },
  });
  const took = performance.now() - startedAt;
  const claim = pod.spec?.volumes?.find(({ name: volume }) => volume === "data")
    ?.persistentVolumeClaim?.claimName;
  if (annotated && claim === undefined)
    throw new Error(`Pod ${name} was admitted without a claim`);
  return {
    took,
    async remove() {
      await core.deleteNamespacedPod({
        namespace: benchmarkNamespace,
        name,
        gracePeriodSeconds: 0,
      });
      if (claim !== undefined)
        await core.deleteNamespacedPersistentVolumeClaim({
          namespace: benchmarkNamespace,
          name: claim,
        });
    },
  };
}

/** Creates a Pod and takes it away again. Returns what the create took, in ms. */
export async function admitPod(
  options: Parameters<typeof createPod>[0],
): Promise<number> {
  const { took, remove } = await createPod(options);
  await remove();
  return took;
}
