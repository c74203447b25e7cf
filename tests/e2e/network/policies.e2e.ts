import path from "node:path";
import { expect } from "chai";
import { eventually } from "../../support/eventually.ts";
import { monitoringManifests } from "../monitoring/alert-rules.ts";
import {
  apply,
  functionPods,
  kubectl,
  ourNamespace,
} from "../steps/cluster.ts";
import { skipBecause } from "../steps/mocha-output.ts";
import { useNamespace } from "../steps/namespaces.ts";
import { reachedBy, type Caller } from "./reachable-ports.ts";
import { admitInDryRun, isReady } from "../steps/workloads.ts";

const namespace = "e2e-network-policies";
/** In place of the namespace `monitoring` of the manifest: somebody may have one. */
const prometheusNamespace = "e2e-network-prometheus";

/** Added to ours, it lets everybody reach every port. */
const open = {
  apiVersion: "networking.k8s.io/v1",
  kind: "NetworkPolicy",
  metadata: { namespace: ourNamespace, name: "e2e-open" },
  spec: { podSelector: {}, policyTypes: ["Ingress"], ingress: [{}] },
};

/** Those that the function, Knative's proxy and its metrics can have. */
const possiblePorts = [8012, 8013, 8022, 8080, 8112, 9090, 9091];
const ofProxy: ReadonlySet<number> = new Set([8012, 8013, 8112]);

const stranger = { title: "any Pod", namespace, labels: { app: "shop" } };
const gateway = { app: "3scale-kourier-gateway" };
const activator = { app: "activator" };
const prometheus = { "app.kubernetes.io/name": "prometheus" };

const strangers: readonly Caller[] = [
  stranger,
  {
    title: "a Pod with the gateway's label in another namespace",
    namespace,
    labels: gateway,
  },
  {
    title: "a Pod with the activator's label in another namespace",
    namespace,
    labels: activator,
  },
  {
    title: "a Pod with the label of Prometheus in another namespace",
    namespace,
    labels: prometheus,
  },
  {
    title: "another Pod in the gateway's namespace",
    namespace: "kourier-system",
    labels: { app: "shop" },
  },
  {
    title: "another Pod in Knative's namespace",
    namespace: "knative-serving",
    labels: { app: "shop" },
  },
  {
    title: "another Pod in the namespace of Prometheus",
    namespace: prometheusNamespace,
    labels: { app: "shop" },
  },
];

/** The network policy of the component monitoring, with the namespace of Prometheus named as docs/install.md describes. */
function policyOfMonitoring(): Promise<string> {
  const patch = [
    {
      op: "replace",
      path: "/spec/ingress/0/from/0/namespaceSelector/matchLabels/kubernetes.io~1metadata.name",
      value: prometheusNamespace,
    },
  ];
  return kubectl([
    "patch",
    "--local",
    `--filename=${path.join(monitoringManifests, "network-policy.yaml")}`,
    "--type=json",
    `--patch=${JSON.stringify(patch)}`,
    "--output=yaml",
  ]);
}

/** Creates a Pod in a dry run, by which the function runs for a minute more. */
async function admitOne(): Promise<void> {
  const pod = await admitInDryRun(namespace);
  expect(pod.metadata?.labels).to.have.property("volume-claim/data");
}

/** The address of a ready Pod of the function. The API server's call has just reached it. */
async function functionAddress(): Promise<string> {
  await admitOne();
  const pod = await eventually("a ready Pod of the function", async () =>
    (await functionPods()).find(isReady),
  );
  return pod.status?.podIP ?? "";
}

/** What each of the callers reaches, at the same time. */
async function reached(
  callers: readonly Caller[],
): Promise<Record<string, number[]>> {
  const address = await functionAddress();
  const found = await Promise.all(
    callers.map((caller) => reachedBy(caller, address, possiblePorts)),
  );
  // Otherwise the Pod may have ended meanwhile, and nobody could reach it.
  expect(await functionAddress()).to.equal(address);
  return Object.fromEntries(
    callers.map(({ title }, index) => [title, found[index] ?? []]),
  );
}

/** What each of the callers may reach. */
function each(
  callers: readonly Caller[],
  allowed: readonly number[],
): Record<string, readonly number[]> {
  return Object.fromEntries(callers.map(({ title }) => [title, allowed]));
}

describe("the network policies, where the network enforces them", () => {
  /** The ports on which something listens. */
  let ports: readonly number[] = [];

  before(function () {
    if (process.env["E2E_NETWORK"] === undefined)
      skipBecause(this, "nothing enforces network policies here");
  });
  useNamespace(namespace);
  useNamespace(prometheusNamespace);

  it("are what closes the ports: a stranger reaches the function, its proxy and their metrics when another policy opens them", async () => {
    const before = await kubectl(
      `get networkpolicies --namespace=${ourNamespace} --output=name`,
    );
    expect(before.trim()).to.equal("networkpolicy.networking.k8s.io/function");
    await apply(open);
    try {
      ports = (await reached([stranger]))[stranger.title] ?? [];
    } finally {
      await kubectl("delete --filename=-", JSON.stringify(open));
    }
    expect(ports).to.include.members([8012, 8080, 9090]);
  });

  it("let the gateway and the activator reach Knative's proxy, and the autoscaler its metrics", async () => {
    const proxy = ports.filter((port) => ofProxy.has(port));
    const callers = [
      { title: "gateway", namespace: "kourier-system", labels: gateway },
      { title: "activator", namespace: "knative-serving", labels: activator },
      {
        title: "autoscaler",
        namespace: "knative-serving",
        labels: { app: "autoscaler" },
      },
    ];
    expect(await reached(callers)).to.deep.equal({
      gateway: proxy,
      activator: proxy,
      autoscaler: [9090],
    });
  });

  it("let no other Pod reach the function", async () => {
    expect(await reached(strangers)).to.deep.equal(each(strangers, []));
  });

  it("of the component monitoring let Prometheus reach the function, and nobody else", async () => {
    const more = await policyOfMonitoring();
    const reader = {
      title: "Prometheus",
      namespace: prometheusNamespace,
      labels: prometheus,
    };
    await kubectl("apply --filename=-", more);
    try {
      expect(await reached([reader, ...strangers])).to.deep.equal({
        ...each(strangers, []),
        [reader.title]: [8080],
      });
    } finally {
      await kubectl("delete --filename=-", more);
    }
  });
});
