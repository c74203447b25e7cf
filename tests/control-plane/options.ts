import { parseArgs } from "node:util";

/** Far below where a machine with a few GB of memory gets slow; a typing mistake should not create a million Nodes. */
const maxNodes = 1000;

/** What is to run. */
export interface ControlPlaneProgramOptions {
  readonly help: boolean;
  /** Makes sure that the programs are there, and no more. */
  readonly build: boolean;
  readonly controllers: boolean;
  readonly auditLog: boolean;
  /** Fake Nodes; undefined for as many as a control plane has by default. */
  readonly nodes: number | undefined;
}

/** @throws naming the option, when one is unknown or its value is of no use */
export function parseOptions(
  argv: readonly string[],
): ControlPlaneProgramOptions {
  const { values } = parseArgs({
    args: [...argv],
    allowNegative: true,
    options: {
      help: { type: "boolean", default: false, short: "h" },
      build: { type: "boolean", default: false },
      controllers: { type: "boolean", default: true },
      "audit-log": { type: "boolean", default: false },
      nodes: { type: "string" },
    },
  });
  const { nodes } = values;
  if (
    nodes !== undefined &&
    !(/^\d{1,4}$/.test(nodes) && Number(nodes) <= maxNodes)
  ) {
    throw new Error(
      `--nodes ${JSON.stringify(nodes)}: give a whole number from 0 to ${maxNodes}`,
    );
  }
  if (!values.controllers && Number(nodes ?? 0) > 0) {
    throw new Error(
      "--no-controllers with --nodes: without the controllers Nodes never become schedulable; drop one of the two",
    );
  }
  return {
    help: values.help,
    build: values.build,
    controllers: values.controllers,
    auditLog: values["audit-log"],
    nodes: nodes === undefined ? undefined : Number(nodes),
  };
}

/** The text of `--help`; CACHE stands for the directory of the programs. */
export const help = `Runs a Kubernetes control plane of its own until Ctrl-C: etcd, kube-apiserver, kube-controller-manager,
kube-scheduler and, in place of kubelets, kwok. Deployments get Pods, Pods get Nodes and "run", claims are bound; no
container is started. Nothing survives the end.

  npm run control-plane
  npm run control-plane -- --nodes 5

and in another terminal, with the line it prints:

  export KUBECONFIG=...
  kubectl create deployment web --image=any --replicas=3
  kubectl get pods -o wide

Options
  --nodes <count>    fake Nodes (default 2; 0: Pods stay Pending)
  --no-controllers   the API alone: no controllers, no scheduler, no Nodes
  --audit-log        writes each request to <directory>/logs/audit.jsonl
  --build            makes sure that the programs are there, and ends
  --help             this text

Programs come from KUBEBUILDER_ASSETS, a directory with at least etcd and kube-apiserver, if that is set. Otherwise
they are built once, with Go >= 1.26 and in 7 minutes on 2 cores, 12 when they have other work, into
  CACHE

Exit codes: 0 ended by Ctrl-C or SIGTERM, 1 a process did not start or ended by itself, 2 bad options.
`;
