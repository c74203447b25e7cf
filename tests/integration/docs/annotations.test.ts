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
  wellKnown.POOL_LABEL,
  wellKnown.SET_LABEL,
  wellKnown.LEASE_REQUEST_ANNOTATION,
  wellKnown.LEASE_TIME_ANNOTATION,
  wellKnown.USES_ANNOTATION,
  wellKnown.QUARANTINE_ANNOTATION,
  wellKnown.NODE_AFFINITY_ANNOTATION,
  wellKnown.NODE_UIDS_ANNOTATION,
]);

const KEYS_OF_USERS = Object.values<unknown>(wellKnown).flatMap((value) =>
  typeof value === "string" &&
  /^volume-claim(-template)?\//.test(value) &&
  !NOT_FOR_USERS.has(value)
    ? [value]
    : [],
);

const RETENTION = "volume-claim-template/retention";
const IDLE_TTL = "volume-claim-template/idle-ttl";
const FINISHED_PODS = "volume-claim-template/finished-pods";

/** What the manifest under a heading gives, by the first key in it: so many claims of this owner and volume. */
const OUTCOMES: readonly [
  key: string,
  count: number,
  owner: string,
  volume: string,
  spec: object,
  annotations?: Readonly<Record<string, string>>,
][] = [
  ["volume-claim-template/name", 2, "mirror", "cache", sized("10Gi")],
  [
    "volume-claim-template/storage-class",
    1,
    "model-server",
    "weights",
    { storageClassName: "standard" },
  ],
  [
    "volume-claim-template/access-modes",
    2,
    "index",
    "scratch",
    { accessModes: ["ReadWriteOncePod"] },
  ],
  [
    "volume-claim-template/templates",
    2,
    "search",
    "logs",
    sized("5Gi"),
    { [RETENTION]: "Retain", [IDLE_TTL]: "7d" },
  ],
  [RETENTION, 1, "audit", "records", sized("1Gi"), { [RETENTION]: "Retain" }],
  [
    IDLE_TTL,
    1,
    "builder",
    "workspace",
    sized("30Gi"),
    { [RETENTION]: "Retain", [IDLE_TTL]: "36h" },
  ],
  [
    FINISHED_PODS,
    1,
    "now",
    "scratch",
    sized("100Gi"),
    { [FINISHED_PODS]: "Release" },
  ],
  [
    "volume-claim-template/on-miss",
    2,
    "broker",
    "queue",
    sized("5Gi"),
    { [RETENTION]: "Reuse", "volume-claim/uses": "1" },
  ],
  [
    "volume-claim-template/pool",
    1,
    "build-17",
    "workspace",
    sized("20Gi"),
    { [RETENTION]: "Reuse", "volume-claim/uses": "1" },
  ],
  [
    "volume-claim/hold",
    1,
    "evidence",
    "traces",
    sized("2Gi"),
    { "volume-claim/hold": "true" },
  ],
];

function sized(storage: string): object {
  return {
    accessModes: ["ReadWriteOnce"],
    resources: { requests: { storage } },
  };
}

/** Keys whose manifests another test applies. */
const ELSEWHERE: ReadonlySet<string> = new Set([
  // Needs snapshots: data-sources/data-sources.test.ts.
  "volume-claim-template/data-source",
]);

const sections = page
  .split(/^### /m)
  .slice(1)
  .map((section) => {
    const [heading = ""] = section.split("\n");
    const [, manifest = ""] = /^```yaml\n([^]*?)^```/m.exec(section) ?? [];
    const keys = [...heading.matchAll(/`([^`]+)`/g)].map(([, key = ""]) => key);
    return { keys, first: keys[0] ?? "", manifest, section };
  });

/** The manifest for images that do not run as root. */
const [, ofOtherUsers = ""] =
  /^## Images that do not run as root\n[^]*?^```yaml\n([^]*?)^```/m.exec(
    page,
  ) ?? [];

describe("docs/annotations.md", function () {
  this.timeout(60_000);
  const suite = admissionSuite();
  let namespace: string;

  before(async () => {
    namespace = await uniqueNamespace("annotations");
    const manifests = [
      ofOtherUsers,
      ...sections
        .filter(({ first }) => !ELSEWHERE.has(first))
        .map(({ manifest }) => manifest),
    ];
    const { stderr } = await suite.controlPlane.kubectl(
      ["apply", "-n", namespace, "-f", "-"],
      { input: manifests.join("---\n") },
    );
    expect(stderr).to.equal("");
    await suite.controlPlane.kubectl([
      ..."create job now --from=cronjob/report -n".split(" "),
      namespace,
    ]);
  });

  /** Bound claims of one volume and owner, as soon as there are `count`. */
  function boundClaims(
    count: number,
    volume: string,
    owner: string,
  ): Promise<V1PersistentVolumeClaim[]> {
    return eventually(`${count} claims of ${owner} are bound`, async () => {
      const found = (await claimsIn(suite, namespace)).filter(
        ({ metadata, status }) =>
          status?.phase === "Bound" &&
          metadata?.labels?.["volume-claim-template/name"] === volume &&
          new RegExp(`^${owner}(-[^-]+)?$`).test(
            metadata.annotations?.["volume-claim/owner-name"] ?? "",
          ),
      );
      return found.length === count && found;
    });
  }

  it("has a heading for every key that users set, and for no other", () => {
    expect(sections.flatMap(({ keys }) => keys)).to.have.members(KEYS_OF_USERS);
  });

  it("has a manifest under every heading that shows its keys, and a test for it", () => {
    for (const { keys, manifest, section } of sections) {
      for (const key of keys) expect(manifest).to.include(`${key}: `);
      if (keys.length > 1) expect(section).to.include("one manifest shows");
    }
    expect(sections.map(({ first }) => first)).to.have.members([
      ...OUTCOMES.map(([key]) => key),
      ...ELSEWHERE,
    ]);
  });

  for (const [key, count, owner, volume, spec, annotations = {}] of OUTCOMES)
    it(`shows a manifest for ${key} that gives what the text says`, async () => {
      for (const claim of await boundClaims(count, volume, owner)) {
        expect(claim.spec).to.deep.include(spec);
        expect(claim.metadata?.annotations).to.include(annotations);
      }
    });

  it("shows a group for an image that is not root, and a directory for its data beside lost+found", async () => {
    await boundClaims(2, "data", "orders");
    const pods = (await podsIn(suite, namespace)).filter(
      ({ metadata }) => metadata?.labels?.["app"] === "orders",
    );
    expect(pods).to.have.lengthOf(2);
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
});
