import { expect } from "chai";
import { startControlPlane } from "../control-plane/control-plane.ts";
import type { ControlPlane } from "../control-plane/control-plane.ts";
import { eventually } from "../support/eventually.ts";
import { startTimeoutMs } from "../support/shared-control-plane.ts";
import { clientConfig, runCertificatesJob } from "./certificates-job.ts";
import {
  NAMESPACE,
  prepareForManifests,
  skipWithoutPrograms,
  succeed,
  words,
} from "./installed-cluster.ts";
import {
  COMPONENTS,
  kustomizationOf,
  placedAt,
  render,
  renderText,
} from "./rendered.ts";
import type { Kustomization, Manifest } from "./rendered.ts";

/** What people may set for all objects of a kustomization. */
const SETTINGS = {
  ...placedAt("our-claims", "their-gateway"),
  labels: [{ pairs: { team: "a" }, includeTemplates: true }],
  commonAnnotations: { "example.com/team": "a" },
};

/** One after the other on one control plane. */
const CASES: readonly {
  readonly overlay: Kustomization;
  readonly components: readonly Kustomization[];
  readonly more: object;
  /** Other components, which are applied in a dry run. With them come the tests of what is the same for each overlay. */
  readonly others?: readonly Kustomization[];
}[] = [
  {
    overlay: "overlays/kourier",
    components: [],
    more: {},
    others: COMPONENTS,
  },
  {
    overlay: "overlays/deployment",
    components: [...COMPONENTS, "components/place"],
    more: SETTINGS,
  },
];

let controlPlane: ControlPlane;

describe("an installation that a tool compares with its manifests", function () {
  // kubectl compares every object, which takes long on a busy machine.
  this.timeout(180_000);

  before(async function () {
    this.timeout(startTimeoutMs);
    await skipWithoutPrograms(this);
    controlPlane = await startControlPlane();
    await prepareForManifests(controlPlane);
  });
  after(() => controlPlane?.stop());

  for (const one of CASES) installationOf(one);
});

/** In the order of the titles: the life of an installation. */
function installationOf({
  overlay,
  components,
  more,
  others,
}: (typeof CASES)[number]): void {
  describe(`of ${[overlay, ...components].join(" with ")}`, () => {
    let directory: string;
    let manifests: Manifest[];

    before(async () => {
      directory = await kustomizationOf(
        controlPlane,
        overlay,
        components,
        more,
      );
      manifests = await render(controlPlane, directory);
    });
    after(() =>
      succeed(controlPlane, words(`delete -k ${directory} --wait=false`)),
    );

    /** kubectl finds no difference: it ends with 1 if there is one, and prints it. */
    async function expectUnchanged(...flags: string[]): Promise<void> {
      const { stdout, stderr, exitCode } = await controlPlane.kubectl([
        ...words(`diff -k ${directory}`),
        ...flags,
      ]);
      expect({ stdout, stderr, exitCode }).to.deep.equal({
        stdout: "",
        stderr: "",
        exitCode: 0,
      });
    }

    async function certificates(...flags: string[]): Promise<void> {
      await runCertificatesJob(controlPlane, manifests, ...flags);
    }

    async function renewToken(): Promise<void> {
      await certificates("--renew=token");
      await certificates("--settle-time=0s");
      await certificates("--settle-time=0s");
    }

    it("has nothing that ends by itself, and nothing that variables are replaced in", async () => {
      const text = await renderText(controlPlane, directory);
      expect(text).not.to.match(/^kind: Job$/m);
      expect(text).not.to.include("ttlSecondsAfterFinished");
      // Flux and envsubst replace ${NAME}, the kubelet and older versions of Kustomize $(NAME).
      expect(text).not.to.match(/\$[{(]/);
    });

    it("applies without a warning, also with other components, and does not differ from the manifests", async () => {
      await apply(directory);
      await expectUnchanged();
      if (others !== undefined)
        await apply(
          await kustomizationOf(controlPlane, overlay, others),
          "--dry-run=server",
        );
    });

    it("does not differ after the certificates command has written and renewed", async () => {
      await certificates();
      await expectUnchanged();
      const before = await clientConfig(controlPlane);
      expect(before).to.include("/mutate/");
      await renewToken();
      expect(await clientConfig(controlPlane)).not.to.equal(before);
      await expectUnchanged();
    });

    if (others !== undefined) {
      it("does not differ after the CronJobs have run, and some Jobs were kept and some deleted", async () => {
        for (const cronJob of ["certificates", "janitor"])
          for (const run of [1, 2, 3])
            await succeed(controlPlane, [
              ...words(`create job ${cronJob}-${run}`),
              `--from=cronjob/${cronJob}`,
              `--namespace=${NAMESPACE}`,
            ]);
        await eventually("the last Jobs of each are kept", async () => {
          const names = await succeed(controlPlane, [
            ...words(`get jobs --namespace=${NAMESPACE}`),
            "--output=jsonpath={range .items[?(@.status.succeeded==1)]}{.metadata.name}{'\\n'}{end}",
          ]);
          return names.split("\n").filter(Boolean).length === 2;
        });
        await expectUnchanged();
      });

      it("keeps what the command has written when it is applied again, and at an upgrade", async () => {
        const before = await clientConfig(controlPlane);
        const images = ["janitor", "function"].map((name) => ({
          name: `stateful-deployments/${name}`,
          newTag: "0.2.0",
        }));
        await apply(
          await kustomizationOf(controlPlane, overlay, components, { images }),
        );
        await apply(directory);
        expect(await clientConfig(controlPlane)).to.equal(before);
        await expectUnchanged();
      });
    }

    it("keeps it without a conflict when the API server applies after kubectl has, before a renewal and after it", async () => {
      const before = await clientConfig(controlPlane);
      await apply(directory, "--server-side");
      expect(await clientConfig(controlPlane)).to.equal(before);
      await expectUnchanged();
      await expectUnchanged("--server-side");
      await renewToken();
      await apply(directory, "--server-side");
      await expectUnchanged("--server-side");
    });
  });
}

/** Applies without a warning. */
async function apply(from: string, ...flags: string[]): Promise<void> {
  const { stderr, exitCode } = await controlPlane.kubectl([
    ...words(`apply -k ${from} --warnings-as-errors`),
    ...flags,
  ]);
  expect(stderr, from).to.equal("");
  expect(exitCode).to.equal(0);
}
