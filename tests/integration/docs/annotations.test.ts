import { readFileSync } from "node:fs";
import type { V1PersistentVolumeClaim } from "@kubernetes/client-node";
import { expect } from "chai";
import * as wellKnown from "../../../functions/contract/keys.ts";
import {
  admissionSuite,
  claimsIn,
  podsIn,
} from "../../support/admission-suite.ts";
import { eventually } from "../../support/eventually.ts";
import { uniqueNamespace } from "../../support/shared-control-plane.ts";

const page = readFileSync(
  new URL("../../../docs/annotations.md", import.meta.url),
  "utf8",
);

/** Keys under our prefixes that only the programs set, and prefixes alone. */
const NOT_FOR_USERS: ReadonlySet<string> = new Set([
  wellKnown.TEMPLATE_PREFIX,
  wellKnown.CLAIM_LABEL_PREFIX,
  wellKnown.CLAIM_NAME_LABEL,
  wellKnown.REQUEST_UID_ANNOTATION,
  wellKnown.REQUESTED_AT_ANNOTATION,
  wellKnown.OWNER_KIND_ANNOTATION,
  wellKnown.OWNER_NAME_ANNOTATION,
  wellKnown.OWNER_UID_ANNOTATION,
  wellKnown.UNUSED_SINCE_ANNOTATION,
  wellKnown.USED_AS_ANNOTATION,
]);

const KEYS_OF_USERS = Object.values<unknown>(wellKnown).flatMap((value) =>
  typeof value === "string" &&
  /^volume-claim(-template)?\//.test(value) &&
  !NOT_FOR_USERS.has(value)
    ? [value]
    : [],
);

/** What the manifest under a heading of docs/annotations.md gives, by the first key in it; a heading without one of these fails. */
interface Outcome {
  readonly claims: number;
  /** Of each claim, or of the one with this volume. */
  readonly volume?: string;
  readonly spec?: object;
  readonly annotations?: Readonly<Record<string, string>>;
  /** A CronJob makes its first Pods when it is asked to. */
  readonly cronJob?: string;
}

const OUTCOMES: Readonly<Record<string, Outcome>> = {
  "volume-claim-template/name": {
    claims: 2,
    volume: "cache",
    spec: {
      accessModes: ["ReadWriteOnce"],
      resources: { requests: { storage: "10Gi" } },
    },
  },
  "volume-claim-template/storage-class": {
    claims: 1,
    volume: "weights",
    spec: { storageClassName: "standard" },
  },
  "volume-claim-template/access-modes": {
    claims: 2,
    volume: "scratch",
    spec: { accessModes: ["ReadWriteOncePod"] },
  },
  "volume-claim-template/templates": {
    claims: 4,
    volume: "logs",
    spec: { resources: { requests: { storage: "5Gi" } } },
    annotations: {
      "volume-claim-template/retention": "Retain",
      "volume-claim-template/idle-ttl": "7d",
    },
  },
  "volume-claim-template/retention": {
    claims: 1,
    volume: "records",
    annotations: { "volume-claim-template/retention": "Retain" },
  },
  "volume-claim-template/idle-ttl": {
    claims: 1,
    volume: "workspace",
    annotations: {
      "volume-claim-template/retention": "Retain",
      "volume-claim-template/idle-ttl": "36h",
    },
  },
  "volume-claim-template/finished-pods": {
    claims: 1,
    volume: "scratch",
    annotations: { "volume-claim-template/finished-pods": "Release" },
    cronJob: "report",
  },
  "volume-claim/hold": {
    claims: 1,
    volume: "traces",
    spec: { resources: { requests: { storage: "2Gi" } } },
    annotations: { "volume-claim/hold": "true" },
  },
};

/** Needs snapshots: its manifest is applied by data-source.test.ts. */
const ELSEWHERE = ["volume-claim-template/data-source"];

const sections = page
  .split(/^### /m)
  .slice(1)
  .map((section) => {
    const [heading = ""] = section.split("\n");
    const [, manifest = ""] = /^```yaml\n([^]*?)^```/m.exec(section) ?? [];
    const keys = [...heading.matchAll(/`([^`]+)`/g)].map(([, key = ""]) => key);
    return { keys, manifest, section };
  });

/** The manifest for images that do not run as root, which is no matter of our keys. */
const [, ofOtherUsers = ""] =
  /^## Images that do not run as root\n[^]*?^```yaml\n([^]*?)^```/m.exec(
    page,
  ) ?? [];

const manifests = new Map(
  sections.map(({ keys, manifest }) => [keys[0] ?? "", manifest]),
);

describe("docs/annotations.md", function () {
  this.timeout(60_000);
  const suite = admissionSuite();

  it("has a heading for every key that users set, and for no other", () => {
    expect(sections.flatMap(({ keys }) => keys)).to.have.members(KEYS_OF_USERS);
  });

  it("has a manifest under every heading that shows its keys, and a test for it", () => {
    for (const { keys, manifest, section } of sections) {
      for (const key of keys) expect(manifest).to.include(`${key}: `);
      if (keys.length > 1)
        expect(section).to.include("one manifest shows both");
    }
    expect([...manifests.keys()]).to.have.members([
      ...Object.keys(OUTCOMES),
      ...ELSEWHERE,
    ]);
  });

  it("shows an image that is not root with its group, and its data beside lost+found", async () => {
    const namespace = await uniqueNamespace("not-root");
    const { stderr, exitCode } = await suite.controlPlane.kubectl(
      ["apply", "-n", namespace, "-f", "-"],
      { input: ofOtherUsers },
    );
    expect(stderr).to.equal("");
    expect(exitCode).to.equal(0);
    const pods = await eventually("the Pods run", async () => {
      const found = await podsIn(suite, namespace);
      return (
        found.length === 2 &&
        found.every(({ status }) => status?.phase === "Running") &&
        found
      );
    });
    const claims = await claimsIn(suite, namespace);
    expect(claims.map(({ status }) => status?.phase)).to.deep.equal([
      "Bound",
      "Bound",
    ]);
    for (const { spec } of pods) {
      expect(spec?.securityContext?.fsGroup).to.be.above(0);
      const [container] = spec?.containers ?? [];
      const mount = container?.volumeMounts?.find(
        ({ name }) => name === "data",
      );
      const directory = container?.env?.find(({ name }) => name === "PGDATA");
      expect(directory?.value).to.match(new RegExp(`^${mount?.mountPath}/.`));
    }
  });

  for (const [key, outcome] of Object.entries(OUTCOMES)) {
    it(`shows for ${key} what it says`, async () => {
      const namespace = await uniqueNamespace("annotations");
      const { controlPlane } = suite;
      const applied = await controlPlane.kubectl(
        ["apply", "-n", namespace, "-f", "-"],
        {
          input: manifests.get(key) ?? "",
        },
      );
      expect(applied.stderr).to.equal("");
      expect(applied.exitCode).to.equal(0);
      if (outcome.cronJob !== undefined)
        await controlPlane.kubectl([
          "create",
          "job",
          "now",
          `--from=cronjob/${outcome.cronJob}`,
          "-n",
          namespace,
        ]);
      const claims = await eventually("the claims are bound", async () => {
        const found = await claimsIn(suite, namespace);
        return (
          found.length === outcome.claims &&
          found.every(({ status }) => status?.phase === "Bound") &&
          found
        );
      });
      const described = claims.filter(
        (claim) => volumeOf(claim) === outcome.volume,
      );
      expect(described).to.not.be.empty;
      for (const { spec, metadata } of described) {
        expect(spec).to.deep.include(outcome.spec ?? {});
        expect(metadata?.annotations).to.include(outcome.annotations ?? {});
      }
    });
  }
});

function volumeOf({ metadata }: V1PersistentVolumeClaim): string | undefined {
  return metadata?.labels?.["volume-claim-template/name"];
}
