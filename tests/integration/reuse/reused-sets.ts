import { expect } from "chai";
import { setTimeout as sleep } from "node:timers/promises";
import type { V1PersistentVolumeClaim, V1Pod } from "@kubernetes/client-node";
import { LIST_SHARE_MS } from "../../../functions/hand-over/lists.ts";
import { aPod } from "../../support/builders.ts";
import { eventually } from "../../support/eventually.ts";
import type { functionBehindProxy } from "../admission/behind-proxy.ts";
import { nameOf, reused } from "./reuse-suite.ts";

const LEASE_TIME = "volume-claim/lease-time";

/** A Pod of one Deployment whose volume `cache` is reused. */
export function reusingPod(
  keys: Readonly<Record<string, string>> = {},
  pod: Parameters<typeof aPod>[0] = {},
): V1Pod {
  return aPod({
    ...pod,
    annotations: reused(keys),
    labels: { "pod-template-hash": "5d4f8c7b9" },
  });
}

/** Sets of claims that reviews of Pods make, without the Pods. */
export function reusedSetsOf(suite: ReturnType<typeof functionBehindProxy>) {
  return { annotate, boundSet, claims, endLeases, freeSets };

  async function claims(namespace: string): Promise<V1PersistentVolumeClaim[]> {
    return (await suite.core.listNamespacedPersistentVolumeClaim({ namespace }))
      .items;
  }

  async function annotate(
    namespace: string,
    name: string,
    annotations: Readonly<Record<string, string>>,
  ): Promise<void> {
    const body = await suite.core.readNamespacedPersistentVolumeClaim({
      namespace,
      name,
    });
    body.metadata = {
      ...body.metadata,
      annotations: { ...body.metadata?.annotations, ...annotations },
    };
    await suite.core.replaceNamespacedPersistentVolumeClaim({
      namespace,
      name,
      body,
    });
  }

  /** As if a minute had passed since each lease: the function does not use its earlier lists any more. */
  async function endLeases(namespace: string): Promise<void> {
    await sleep(LIST_SHARE_MS);
    for (const claim of await claims(namespace))
      if (claim.metadata?.annotations?.[LEASE_TIME] !== undefined)
        await eventually("the lease has ended", () =>
          annotate(namespace, nameOf(claim), {
            [LEASE_TIME]: "2020-01-01T00:00:00Z",
          }).then(
            () => true,
            () => false,
          ),
        );
  }

  /** Creates free sets by Pods that are never stored. */
  async function freeSets(
    namespace: string,
    count: number,
    pod = reusingPod(),
  ): Promise<string[]> {
    for (let index = 0; index < count; index += 1)
      expect(await suite.review(namespace, { pod })).to.have.property(
        "allowed",
        true,
      );
    await endLeases(namespace);
    return (await claims(namespace)).map(nameOf);
  }

  async function boundSet(
    namespace: string,
    keys: Readonly<Record<string, string>>,
  ): Promise<string> {
    const [free = ""] = await freeSets(namespace, 1, reusingPod(keys));
    await eventually("the claim is bound", async () =>
      (await claims(namespace)).every(
        ({ status }) => status?.phase === "Bound",
      ),
    );
    return free;
  }
}
