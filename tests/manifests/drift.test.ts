import type { V1CronJob } from "@kubernetes/client-node";
import { expect } from "chai";
import { runCertificates } from "../../janitor/certificates/command.ts";
import { startControlPlane } from "../control-plane/control-plane.ts";
import type { ControlPlane } from "../control-plane/control-plane.ts";
import { eventually } from "../support/eventually.ts";
import { startTimeoutMs } from "../support/shared-control-plane.ts";
import {
  NAMESPACE,
  prepareForManifests,
  skipWithoutPrograms,
  succeed,
} from "./installed-cluster.ts";
import { kustomizationOf, render, renderText } from "./rendered.ts";
import type { Kustomization } from "./rendered.ts";

const COMPONENTS: readonly Kustomization[] = [
  "components/cert-manager",
  "components/monitoring",
];

const CASES: readonly {
  readonly overlay: Kustomization;
  readonly components: readonly Kustomization[];
}[] = [
  { overlay: "overlays/kourier", components: [] },
  { overlay: "overlays/deployment", components: COMPONENTS },
];

for (const { overlay, components } of CASES)
  /** In the order of the titles: the life of an installation, as a tool sees it that compares manifests and cluster. */
  describe(`what is installed by ${[overlay, ...components].join(" with ")}`, function () {
    this.timeout(60_000);
    let controlPlane: ControlPlane;
    let directory: string;

    before(async function () {
      this.timeout(startTimeoutMs);
      await skipWithoutPrograms(this);
      controlPlane = await startControlPlane();
      await prepareForManifests(controlPlane);
      directory = await kustomizationOf(controlPlane, overlay, components);
      await succeed(controlPlane, ["apply", "-k", directory]);
    });

    after(() => controlPlane?.stop());

    it("has nothing that ends or goes by itself", async () => {
      const manifests = await render(controlPlane, directory);
      expect(manifests.map(({ kind }) => kind)).not.to.include("Job");
      const text = await renderText(controlPlane, directory);
      expect(text).not.to.include("ttlSecondsAfterFinished");
    });

    it("has nothing that variables are substituted in", async () => {
      // Flux and envsubst replace ${NAME}, the kubelet and older kustomizations $(NAME).
      expect(await renderText(controlPlane, directory)).not.to.match(/\$[{(]/);
    });

    it("differs in nothing from the manifests, just installed", async () => {
      await unchanged();
    });

    it("differs in nothing after the CronJobs have run, some Jobs were kept and some removed", async () => {
      // What an hour brings: the CronJobs' runs, more of them than are kept.
      for (const cronJob of ["certificates", "janitor"])
        for (const run of [1, 2, 3])
          await succeed(controlPlane, [
            "create",
            "job",
            `${cronJob}-${run}`,
            `--from=cronjob/${cronJob}`,
            `--namespace=${NAMESPACE}`,
          ]);
      await eventually(
        "the Jobs have ended, and only the last ones are kept",
        async () => {
          const names = await succeed(controlPlane, [
            "get",
            "jobs",
            `--namespace=${NAMESPACE}`,
            "--output=jsonpath={range .items[?(@.status.succeeded==1)]}{.metadata.name}{'\\n'}{end}",
          ]);
          return names.split("\n").filter(Boolean).length === 2;
        },
        30_000,
      );
      await unchanged();
    });

    it("differs in nothing after the certificates command has written, and has renewed", async () => {
      await certificates();
      await unchanged();
      const before = await webhook();
      expect(before).to.include("/mutate/");
      await certificates("--renew=token");
      await certificates("--settle-time=0s");
      await certificates("--settle-time=0s");
      expect(await webhook()).to.not.equal(before);
      await unchanged();
    });

    it("is applied again without taking away what the command has written", async () => {
      const before = await webhook();
      await succeed(controlPlane, ["apply", "-k", directory]);
      expect(await webhook()).to.equal(before);
    });

    it("is applied with other images, as at an upgrade", async () => {
      const upgraded = await kustomizationOf(
        controlPlane,
        overlay,
        components,
        {
          images: [
            { name: "stateful-deployments/janitor", newTag: "0.2.0" },
            { name: "stateful-deployments/function", newTag: "0.2.0" },
          ],
        },
      );
      await succeed(controlPlane, ["apply", "-k", upgraded]);
      await succeed(controlPlane, ["apply", "-k", directory]);
      await unchanged();
    });

    it("is applied by the API server after it was applied by kubectl, without a conflict, and leaves what the command has written", async () => {
      const before = await webhook();
      for (const run of [1, 2]) {
        const { exitCode, stderr } = await controlPlane.kubectl([
          "apply",
          "--server-side",
          "-k",
          directory,
        ]);
        expect(stderr, `run ${run}`).to.equal("");
        expect(exitCode).to.equal(0);
      }
      expect(await webhook()).to.equal(before);
      await unchanged();
      await unchanged("--server-side");
    });

    it("is renewed after it was applied by the API server, and applied again without a conflict", async () => {
      await certificates("--renew=token");
      await certificates("--settle-time=0s");
      await certificates("--settle-time=0s");
      await succeed(controlPlane, ["apply", "--server-side", "-k", directory]);
      await unchanged("--server-side");
    });

    /** kubectl finds no difference: it ends with 1 if there is one, and prints it. */
    async function unchanged(...flags: string[]): Promise<void> {
      const { stdout, stderr, exitCode } = await controlPlane.kubectl([
        "diff",
        "-k",
        directory,
        ...flags,
      ]);
      expect(stdout).to.equal("");
      expect(stderr).to.equal("");
      expect(exitCode).to.equal(0);
    }

    /** What the command writes into the webhook configuration. */
    async function webhook(): Promise<string> {
      return await succeed(controlPlane, [
        "get",
        "mutatingwebhookconfiguration/10-stateful-deployments",
        "--output=jsonpath={.webhooks[0].clientConfig}",
      ]);
    }

    /** Runs the command of the CronJob with the rights of its account. */
    async function certificates(...flags: string[]): Promise<void> {
      const cronJob = (await render(controlPlane, directory)).find(
        ({ kind, metadata }) =>
          kind === "CronJob" && metadata?.name === "certificates",
      ) as unknown as V1CronJob;
      const [, ...args] =
        cronJob.spec?.jobTemplate.spec?.template.spec?.containers[0]?.args ??
        [];
      const problems: string[] = [];
      const code = await runCertificates(
        [...args, ...flags],
        {
          KUBECONFIG: controlPlane.kubeconfigFor(
            await controlPlane.tokenFor(NAMESPACE, "certificates"),
          ),
        },
        { out: () => undefined, problem: (line) => problems.push(line) },
      );
      expect(code, problems.join("\n")).to.equal(0);
    }
  });
