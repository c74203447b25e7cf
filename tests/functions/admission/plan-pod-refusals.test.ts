import { expect } from "chai";
import type { V1Volume } from "@kubernetes/client-node";
import { planPod } from "../../../functions/admission/plan-pod.ts";
import {
  describeErrors,
  fieldMessage,
} from "../../../functions/field/field-error.ts";
import { TEMPLATE_STORAGE } from "../../../functions/contract/keys.ts";
import { MALFORMED } from "../../integration/templates/cases/malformed.ts";
import { aPod, aRequest, cacheAnnotations } from "../../support/builders.ts";
import { told } from "../field/told.ts";

describe("planPod on a Pod that it refuses", () => {
  const refused: {
    name: string;
    volumes: V1Volume[];
    mounts?: string[];
    says: string;
  }[] = [
    {
      name: "a hostPath",
      volumes: [{ name: "cache", hostPath: { path: "/x" } }],
      says: "is of type hostPath",
    },
    {
      name: "somebody's claim",
      volumes: [
        { name: "cache", persistentVolumeClaim: { claimName: "mine" } },
      ],
      says: "is of type persistentVolumeClaim",
    },
    {
      name: "a generic ephemeral volume",
      volumes: [{ name: "cache", ephemeral: {} }],
      says: "is of type ephemeral",
    },
    {
      name: "a tmpfs",
      volumes: [{ name: "cache", emptyDir: { medium: "Memory" } }],
      says: 'medium "Memory"',
    },
    {
      name: "a volume that is nowhere",
      volumes: [{ name: "other", emptyDir: {} }],
      mounts: ["other"],
      says: "neither in spec.volumes nor",
    },
  ];
  for (const { name, volumes, mounts, says } of refused) {
    it(`W9: refuses ${name} and names the volume`, async () => {
      const plan = await planPod(
        aRequest(aPod({ volumes, ...(mounts && { mounts }) })),
      );
      expect(plan.kind).to.equal("deny");
      if (plan.kind === "deny")
        expect(describeErrors(plan.errors))
          .to.include(says)
          .and.to.include('"cache"');
    });
  }

  it("W9: names the wrong annotation before the wrong volume, each with its place", async () => {
    const plan = await planPod(
      aRequest(
        aPod({
          annotations: { ...cacheAnnotations, [TEMPLATE_STORAGE]: "10GB" },
          volumes: [{ name: "cache", hostPath: { path: "/x" } }],
        }),
      ),
    );
    if (plan.kind !== "deny") throw new Error(plan.kind);
    expect({ ...plan, errors: told(plan.errors) }).to.deep.equal({
      kind: "deny",
      errors: [
        {
          message: `annotation ${TEMPLATE_STORAGE}: "10GB" is not a Kubernetes quantity; write it like 10Gi or 500M`,
          path: ["metadata", "annotations", TEMPLATE_STORAGE],
        },
        {
          message:
            'spec.volumes[0] "cache" is of type hostPath; only an emptyDir can become a claim',
          path: ["spec", "volumes", 0],
        },
      ],
    });
  });

  it("says of annotations only that they are wrong when every volume has its claim already", async () => {
    const plan = await planPod(
      aRequest(
        aPod({
          annotations: { ...cacheAnnotations, [TEMPLATE_STORAGE]: "10GB" },
          labels: { "volume-claim/cache": "mine" },
          volumes: [
            { name: "cache", persistentVolumeClaim: { claimName: "mine" } },
          ],
        }),
      ),
    );
    expect(plan).to.have.property("errors").with.lengthOf(1);
  });

  for (const { name, annotations, volumes, says } of MALFORMED)
    it(`W9: refuses ${name}, in these very words`, async () => {
      const plan = await planPod(
        aRequest(
          aPod({
            annotations,
            volumes: [...(volumes ?? [{ name: "data", emptyDir: {} }])],
            mounts: ["data"],
          }),
        ),
      );
      expect(plan).to.have.property("kind", "deny");
      if (plan.kind === "deny")
        expect(plan.errors.map(fieldMessage)).to.deep.equal(says);
    });
});
