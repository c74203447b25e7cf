import type { V1PersistentVolumeClaim } from "@kubernetes/client-node";
import { expect } from "chai";
import { admissionSuite, claimsIn } from "../../support/admission-suite.ts";
import { eventually } from "../../support/eventually.ts";
import { uniqueNamespace } from "../../support/shared-control-plane.ts";
import { unknownDifferences } from "./cases/compared-claims.ts";
import { asDeployment, realLifeSets } from "./cases/paste.ts";

const SETS = realLifeSets();

describe("volumeClaimTemplates of real life, pasted into the annotation", function () {
  this.timeout(60_000);
  const suite = admissionSuite();
  let namespace: string;

  before(async function () {
    this.timeout(60_000);
    namespace = await uniqueNamespace("real-life");
    for (const set of SETS) {
      await suite.apps.createNamespacedStatefulSet({
        namespace,
        body: set.statefulSet,
      });
      await suite.apps.createNamespacedDeployment({
        namespace,
        body: asDeployment(set),
      });
    }
  });

  it("are of ten kinds", () => {
    expect(SETS).to.have.lengthOf(10);
  });

  for (const { name, statefulSet } of SETS)
    it(`give the Pods of a Deployment what the StatefulSet's have: ${name}`, async () => {
      const owner = statefulSet.metadata?.name ?? "";
      const templates = statefulSet.spec?.volumeClaimTemplates ?? [];
      expect(templates).not.to.deep.equal([]);
      await eventually(
        "the claims are those of the StatefulSet",
        async () => {
          const claims = await claimsIn(suite, namespace);
          for (const template of templates) {
            const volume = template.metadata?.name ?? "";
            const ofSet = claims.find(
              ({ metadata }) => metadata?.name === `${volume}-${owner}-0`,
            );
            const ours = claims.filter(
              (claim) => volumeOf(claim) === volume && ownerOf(claim) === owner,
            );
            expect(ours, volume).to.have.lengthOf(1);
            expect(ofSet, volume).not.to.equal(undefined);
            const labels = new Set(
              Object.keys(statefulSet.spec?.selector.matchLabels ?? {}).map(
                (label) => `metadata.labels.${label}`,
              ),
            );
            expect(
              unknownDifferences({
                template,
                ofSet: ofSet ?? {},
                ours: ours[0] ?? {},
              }).filter((path) => !labels.has(path)),
              volume,
            ).to.deep.equal([]);
          }
          return true;
        },
        15_000,
      );
    });
});

function volumeOf({ metadata }: V1PersistentVolumeClaim): string | undefined {
  return metadata?.labels?.["volume-claim-template/name"];
}

/** The name of the StatefulSet whose template the Deployment was made of. */
function ownerOf({ metadata }: V1PersistentVolumeClaim): string | undefined {
  return /^(.*)-pasted-[a-z0-9]+$/.exec(
    metadata?.annotations?.["volume-claim/owner-name"] ?? "",
  )?.[1];
}
