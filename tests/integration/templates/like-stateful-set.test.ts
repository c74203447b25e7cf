import { readFileSync } from "node:fs";
import type { V1PersistentVolumeClaim } from "@kubernetes/client-node";
import { expect } from "chai";
import { admissionSuite, claimsIn } from "../../support/admission-suite.ts";
import { eventually } from "../../support/eventually.ts";
import { uniqueNamespace } from "../../support/shared-control-plane.ts";
import { claimTemplateSchema } from "../../control-plane/claim-template-schema.ts";
import {
  DIFFERENCES,
  differingPaths,
  unknownDifferences,
} from "./cases/compared-claims.ts";
import { TEMPLATES } from "./cases/every-field.ts";
import { aPod, aStatefulSet } from "./cases/pod-and-stateful-set.ts";
import { leavesOf, usedLeaves } from "./cases/schema-leaves.ts";
import type { Schema } from "./cases/schema-leaves.ts";

/** Fields that a StatefulSet's template can have and ours cannot; templates-stricter.test.ts says what becomes of them there. */
const REFUSED_FIELDS = ["spec.dataSourceRef.namespace"];

const docs = readFileSync(
  new URL("../../../docs/annotations.md", import.meta.url),
  "utf8",
);

/** The table of docs/annotations.md that lists the differences, without its head. */
function tableOfDifferences(): {
  part: string;
  here: string;
  StatefulSet: string;
}[] {
  const [, ...rows] =
    /differ in this, and in nothing else:\n\n((?:\|.*\n)+)/
      .exec(docs)?.[1]
      ?.trim()
      .split("\n") ?? [];
  return rows.slice(1).map((row) => {
    const [, part = "", here = "", StatefulSet = ""] = row
      .split("|")
      .map((cell) => cell.trim());
    return { part: part.replaceAll("`", ""), here, StatefulSet };
  });
}

describe("a template and a StatefulSet's", function () {
  this.timeout(60_000);
  const suite = admissionSuite();
  let schema: Schema;
  let ofSet: ReadonlyMap<string, V1PersistentVolumeClaim>;
  let ours: ReadonlyMap<string, V1PersistentVolumeClaim>;
  let namespace: string;

  before(async function () {
    this.timeout(60_000);
    schema = await claimTemplateSchema(suite.controlPlane);
    namespace = await uniqueNamespace("like-stateful-set");
    await suite.core.createNamespacedPod({ namespace, body: aPod(TEMPLATES) });
    await suite.apps.createNamespacedStatefulSet({
      namespace,
      body: aStatefulSet(TEMPLATES),
    });
    await eventually("both have made their claims", readClaims);
  });

  async function readClaims(): Promise<boolean> {
    const claims = await claimsIn(suite, namespace);
    const byVolume = (
      volumeOf: (claim: V1PersistentVolumeClaim) => string | undefined,
    ): Map<string, V1PersistentVolumeClaim> =>
      new Map(
        claims.flatMap((claim) => {
          const volume = volumeOf(claim);
          return volume === undefined ? [] : [[volume, claim]];
        }),
      );
    ours = byVolume(
      ({ metadata }) => metadata?.labels?.["volume-claim-template/name"],
    );
    ofSet = byVolume(
      ({ metadata }) => /^(.*)-set-0$/.exec(metadata?.name ?? "")?.[1],
    );
    return ours.size === TEMPLATES.length && ofSet.size === TEMPLATES.length;
  }

  it("are compared for every field that the API server knows", () => {
    const used = new Set(TEMPLATES.flatMap((one) => usedLeaves(schema, one)));
    expect(
      leavesOf(schema).filter(
        // These two have no values to choose from.
        (leaf) => !used.has(leaf) && !/^(apiVersion|kind)$/.test(leaf),
      ),
    ).to.have.members(REFUSED_FIELDS);
  });

  for (const template of TEMPLATES) {
    const { name } = template.metadata;
    it(`give the same claim: ${name}`, async () => {
      await eventually(
        "the claims differ in known ways only",
        async () => {
          await readClaims();
          const [left, right] = [ofSet.get(name), ours.get(name)];
          if (left === undefined || right === undefined) return false;
          expect(
            unknownDifferences({ template, ofSet: left, ours: right }),
          ).to.deep.equal([]);
          return true;
        },
        5_000,
      );
    });
  }

  it("differ in each of the known ways somewhere", async () => {
    await eventually("the claims of the default class are bound", async () => {
      await readClaims();
      return (
        ofSet.get("default-class")?.status?.phase === "Bound" &&
        ours.get("default-class")?.status?.phase === "Bound"
      );
    });
    const paths = [...ours].flatMap(([volume, claim]) =>
      differingPaths({ ofSet: ofSet.get(volume) ?? {}, ours: claim }),
    );
    expect(
      DIFFERENCES.filter(
        ({ path }) => !paths.some((one) => path.test(one)),
      ).map(({ what }) => what),
      // A Pod made by hand has no owner; one of a Deployment has.
    ).to.deep.equal([
      "our annotations volume-claim/owner-kind, -name and -uid",
    ]);
  });

  it("differ in what docs/annotations.md lists, and in nothing else", () => {
    const table = tableOfDifferences();
    for (const { what, docs: told } of DIFFERENCES)
      expect(
        table.find(({ part }) => part === told.part)?.[told.column] ?? "no row",
        what,
      ).to.include(told.words);
    // Of each object is the name, and the owners are set later, by the janitor.
    const proven = table.filter(
      ({ part }) => !/^metadata\.(name|ownerReferences)$/.test(part),
    );
    const words = DIFFERENCES.map(({ docs: told }) => told.words).join();
    for (const { part, here } of proven) {
      expect(DIFFERENCES.map(({ docs: told }) => told.part)).to.include(part);
      for (const [key] of here.matchAll(/`[^`]+`/g))
        expect(words).to.include(key);
    }
  });
});
