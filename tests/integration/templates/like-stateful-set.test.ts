import { readFileSync } from "node:fs";
import type {
  V1Container,
  V1PersistentVolumeClaim,
} from "@kubernetes/client-node";
import { expect } from "chai";
import { parse } from "yaml";
import { TEMPLATE_TEMPLATES } from "../../../functions/contract/keys.ts";
import {
  claimTemplateSchema,
  minorOf,
  SCHEMA_FILE,
} from "../../control-plane/claim-template-schema.ts";
import {
  aBarePod,
  admissionSuite,
  claimsIn,
} from "../../support/admission-suite.ts";
import { eventually } from "../../support/eventually.ts";
import { claimVolumes } from "../../support/pods-and-claims.ts";
import { uniqueNamespace } from "../../support/shared-control-plane.ts";
import {
  DIFFERENCES,
  differingPaths,
  unknownDifferences,
} from "./cases/compared-claims.ts";
import { TEMPLATES } from "../../functions/template/every-field.ts";
import type { Template } from "../../functions/template/every-field.ts";
import { leavesOf, usedLeaves } from "./cases/schema-leaves.ts";
import type { Schema } from "./cases/schema-leaves.ts";

/** Fields that the template of a StatefulSet can have and the function rejects: rejected.test.ts. */
const REJECTED_FIELDS = ["spec.dataSourceRef.namespace"];

const docs = readFileSync(
  new URL("../../../docs/annotations.md", import.meta.url),
  "utf8",
);

/** What people paste, by where it comes from. */
const PASTED = parse(
  readFileSync(new URL("cases/pasted.yaml", import.meta.url), "utf8"),
) as Record<string, string>;

/** Texts of the annotation, by the name of the Pod and of the StatefulSet that get them. */
const TEXTS = { "every-field": JSON.stringify(TEMPLATES), ...PASTED };

const compared = Object.entries(TEXTS).flatMap(([owner, text]) =>
  (parse(text, { merge: true }) as Template[]).map((template) => ({
    owner,
    template,
    volume: template.metadata.name,
  })),
);

/** The table of docs/annotations.md that lists the differences, without its head. */
function tableOfDifferences(): {
  part: string;
  here: string;
  StatefulSet: string;
}[] {
  const [, ...rows] =
    /differ only in this:\n\n((?:\|.*\n)+)/
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

/** A container that mounts every volume, or has it as a device. */
function containerOf(templates: readonly Template[]): V1Container {
  const of = (block: boolean): string[] =>
    templates
      .filter(({ spec }) => (spec["volumeMode"] === "Block") === block)
      .map(({ metadata }) => metadata.name);
  return {
    name: "app",
    image: "app:1",
    volumeMounts: of(false).map((name) => ({ name, mountPath: `/${name}` })),
    volumeDevices: of(true).map((name) => ({
      name,
      devicePath: `/dev/${name}`,
    })),
  };
}

describe("a template and a StatefulSet's", function () {
  this.timeout(60_000);
  const suite = admissionSuite();
  let schema: Schema;
  let namespace: string;
  /** Names of our claims, by owner and volume. */
  const names = new Map<string, string>();
  let claims: ReadonlyMap<string | undefined, V1PersistentVolumeClaim>;

  before(async () => {
    schema = await claimTemplateSchema(suite.controlPlane);
    namespace = await uniqueNamespace("like-stateful-set");
    for (const [owner, text] of Object.entries(TEXTS))
      await createBoth(owner, text);
    await eventually("both have made their claims", async () => {
      await readClaims();
      return compared.every(({ owner, volume }) => {
        const { ofSet, ours } = pairOf(owner, volume);
        return ofSet.metadata && ours.metadata;
      });
    });
  });

  async function createBoth(name: string, text: string): Promise<void> {
    const templates = parse(text, { merge: true }) as Template[];
    const spec = { containers: [containerOf(templates)] };
    const labels = { "selected-by-set": name };
    const annotations = { [TEMPLATE_TEMPLATES]: text };
    const pod = await suite.core.createNamespacedPod({
      namespace,
      body: { ...aBarePod(name, { annotations }), spec },
    });
    for (const { volume, claim } of claimVolumes(pod))
      names.set(`${name}/${volume}`, claim);
    await suite.apps.createNamespacedStatefulSet({
      namespace,
      body: {
        metadata: { name },
        spec: {
          serviceName: name,
          replicas: 1,
          selector: { matchLabels: labels },
          template: { metadata: { labels }, spec },
          volumeClaimTemplates: templates,
        },
      },
    });
  }

  async function readClaims(): Promise<void> {
    claims = new Map(
      (await claimsIn(suite, namespace)).map((claim) => [
        claim.metadata?.name,
        claim,
      ]),
    );
  }

  function pairOf(owner: string, volume: string) {
    return {
      ofSet: claims.get(`${volume}-${owner}-0`) ?? {},
      ours: claims.get(names.get(`${owner}/${volume}`)) ?? {},
    };
  }

  it("have the schema that the API server publishes; if not, run `npm run generate:schema`", async function () {
    const { stdout } = await suite.controlPlane.kubectl([
      "get",
      "--raw",
      "/version",
    ]);
    const { gitVersion } = JSON.parse(stdout) as { gitVersion: string };
    const modules = new URL("../../control-plane/go.mod", import.meta.url);
    const [, pinned = ""] =
      /k8s\.io\/kubernetes v(\S+)/.exec(readFileSync(modules, "utf8")) ?? [];
    // With KUBEBUILDER_ASSETS it may be another Kubernetes than the one that is pinned.
    if (minorOf(gitVersion) !== minorOf(pinned)) this.skip();
    expect(JSON.parse(readFileSync(SCHEMA_FILE, "utf8"))).to.deep.equal(schema);
  });

  it("are compared for every field that the API server knows", () => {
    const used = new Set(TEMPLATES.flatMap((one) => usedLeaves(schema, one)));
    expect(
      leavesOf(schema).filter(
        // These two have no values to choose from.
        (leaf) => !used.has(leaf) && !/^(apiVersion|kind)$/.test(leaf),
      ),
    ).to.have.members(REJECTED_FIELDS);
  });

  for (const { owner, template, volume } of compared)
    it(`give the same claim: ${owner}, ${volume}`, async () => {
      await eventually(
        "the claims differ in known ways only",
        async () => {
          await readClaims();
          expect(
            unknownDifferences({ template, ...pairOf(owner, volume) }),
          ).to.deep.equal([]);
          return true;
        },
        15_000,
      );
    });

  it("differ in each of the known ways somewhere", async () => {
    await eventually("the claims of the default class are bound", async () => {
      await readClaims();
      const { ofSet, ours } = pairOf("every-field", "default-class");
      return [ofSet, ours].every(({ status }) => status?.phase === "Bound");
    });
    const paths = compared.flatMap(({ owner, volume }) =>
      differingPaths(pairOf(owner, volume)),
    );
    expect(
      DIFFERENCES.filter(
        ({ path }) => !paths.some((one) => path.test(one)),
      ).map(({ words }) => words),
      // A bare Pod has no owner.
    ).to.deep.equal(["`volume-claim/owner-kind`, `-name`, `-uid`"]);
  });

  it("differ in what docs/annotations.md lists, and in nothing else", () => {
    const table = tableOfDifferences();
    for (const { part, column, words } of DIFFERENCES)
      expect(
        table.find((row) => row.part === part)?.[column] ?? "no row",
        words,
      ).to.include(words);
    // Each object has a name of its own, and the janitor sets the owners later.
    const proven = table.filter(
      ({ part }) => !/^metadata\.(name|ownerReferences)$/.test(part),
    );
    const all = DIFFERENCES.map(({ words }) => words).join();
    for (const { part, here } of proven) {
      expect(DIFFERENCES.map((one) => one.part)).to.include(part);
      for (const [key] of here.matchAll(/`[^`]+`/g))
        expect(all).to.include(key);
    }
  });
});
