import { expect } from "chai";
import { stringify } from "yaml";
import { poolHash } from "../../../functions/contract/claim-name.ts";
import { importCommands } from "../../../functions/render/import-commands.ts";
import type { ImportCommands } from "../../../functions/render/import-commands.ts";
import { renderFiles } from "../../../functions/render/render-files.ts";

const template = (name: string, annotations: object = {}): object => ({
  metadata: { name, annotations },
  spec: {
    accessModes: ["ReadWriteOnce"],
    resources: { requests: { storage: "1Gi" } },
  },
});

/** A workload whose Pods reuse the volumes `data` and `wal`, and not the volume `tmp`. */
function aWorkload(over: {
  readonly kind?: string;
  readonly name?: string;
  readonly spec?: object;
  readonly annotations?: object;
}): string {
  const { kind = "Deployment", name = "pg", spec, annotations } = over;
  const volumes = ["data", "wal", "tmp"].map((volume) => ({
    name: volume,
    emptyDir: {},
  }));
  return stringify({
    kind,
    metadata: { name },
    spec: {
      replicas: 2,
      ...spec,
      template: {
        metadata: {
          annotations: {
            "volume-claim-template/templates": JSON.stringify([
              template("data"),
              template("wal"),
              template("tmp", { "volume-claim-template/retention": "Delete" }),
            ]),
            "volume-claim-template/retention": "Reuse",
            "volume-claim-template/on-miss": "Wait",
            "volume-claim-template/max-sets": "2",
            ...annotations,
          },
        },
        spec: {
          containers: [
            {
              name: "app",
              volumeMounts: volumes.map(({ name: volume }) => ({
                name: volume,
                mountPath: `/${volume}`,
              })),
            },
          ],
          volumes,
        },
      },
    },
  });
}

async function commands(
  texts: readonly string[],
  statefulSet = "pg",
  namespace?: string,
): Promise<ImportCommands> {
  const { renderings, problems } = await renderFiles(
    texts.map((text) => ({ file: "a.yaml", text })),
    namespace,
    poolHash,
  );
  expect(problems).to.deep.equal([]);
  return importCommands(renderings, statefulSet);
}

describe("the commands that move the claims of a StatefulSet", () => {
  it("make each claim a member of the set of its ordinal, in the pool of the workload", async () => {
    const pool = poolHash(
      JSON.stringify(["workload", "Deployment pg", "default", ""]),
    );
    const lines = (claim: string, volume: string, leader: string): string[] => [
      `kubectl annotate persistentvolumeclaim --overwrite --namespace=shop ${claim} volume-claim-template/retention=Reuse volume-claim-template/on-miss=Wait`,
      `kubectl label persistentvolumeclaim --overwrite --namespace=shop ${claim} managed=true app.kubernetes.io/managed-by=stateful-deployments volume-claim-template/name=${volume} volume-claim/pool=${pool} volume-claim/set=${leader}`,
    ];
    expect(await commands([aWorkload({})], "pg", "shop")).to.deep.equal({
      text: [
        "# Moves the claims of StatefulSet pg into the pool of Deployment/pg.",
        "set -e",
        "# Ends here while the StatefulSet or one of its Pods is still there.",
        "kubectl wait --for=delete --timeout=5s --namespace=shop statefulset/pg pod/pg-0 pod/pg-1",
        ...lines("data-pg-0", "data", "data-pg-0"),
        ...lines("wal-pg-0", "wal", "data-pg-0"),
        ...lines("data-pg-1", "data", "data-pg-1"),
        ...lines("wal-pg-1", "wal", "data-pg-1"),
        "",
      ].join("\n"),
    });
  });

  it("leave the namespace to kubectl where none is given, and follow the pool, its account and its reuse-key", async () => {
    const labels = new Set<string | undefined>();
    for (const annotations of [
      {},
      { "volume-claim-template/pool": "pg" },
      { "volume-claim-template/reuse-key": "2" },
    ]) {
      const found = await commands([aWorkload({ annotations })]);
      const text = "text" in found ? found.text : found.problem;
      expect(text).not.to.include("--namespace");
      labels.add(/pool=(\S+)/.exec(text)?.[1]);
    }
    expect(labels).to.have.lengthOf(3);
  });

  const none: [
    title: string,
    texts: string[],
    problem: string,
    name?: string,
  ][] = [
    [
      "where nothing is reused",
      [
        aWorkload({
          annotations: {
            "volume-claim-template/retention": "Delete",
            "volume-claim-template/on-miss": null,
            "volume-claim-template/max-sets": null,
          },
        }).replaceAll(/^.*: null\n/gm, ""),
      ],
      "no Pod template reuses claims: set volume-claim-template/retention: Reuse",
    ],
    [
      "where two workloads reuse claims",
      [aWorkload({}), aWorkload({ name: "other" })],
      "several Pod templates reuse claims: Deployment/pg, Deployment/other; name the manifest of one",
    ],
    [
      "where each node has a Pod",
      [aWorkload({ kind: "DaemonSet" })],
      "DaemonSet/pg has no replicas, so the number of claims to move is not known",
    ],
    [
      "where there are no Pods",
      [aWorkload({ spec: { replicas: 0 } })],
      "Deployment/pg has no replicas, so the number of claims to move is not known",
    ],
    [
      "for a namespace that a shell would run",
      [aWorkload({}).replace("name: pg", "name: pg\n  namespace: $(id)")],
      '"$(id)" is not the name of a namespace',
    ],
    [
      "for names that are too long for a label",
      [aWorkload({})],
      `a claim with a name like data-${"p".repeat(57)}-1 cannot be moved: its name is a label of the Pod, which has at most 63 characters`,
      "p".repeat(57),
    ],
  ];
  for (const [title, texts, problem, name] of none)
    it(`are not there ${title}`, async () => {
      expect(await commands(texts, name)).to.deep.equal({ problem });
    });
});
