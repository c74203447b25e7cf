import { expect } from "chai";
import { auditFromNow, rightsGranted } from "./audited-requests.ts";
import type { AuditedRequest, Right } from "./audited-requests.ts";
import { installedCluster, NAMESPACE } from "./installed-cluster.ts";
import type { InstalledCluster } from "./installed-cluster.ts";
import { manifestsPath, render } from "./rendered.ts";
import type { Manifest } from "./rendered.ts";

/** What our accounts were given, and what they ask for; filled by the `before` hook. */
export interface RightsSuite {
  cluster: InstalledCluster;
  /** Of overlays/kourier, as they are installed. */
  manifests: readonly Manifest[];
  /** What our accounts asked for since the suite began, or since `auditAnew`. */
  seen(): Promise<AuditedRequest[]>;
  /** Forgets what was asked for until now. */
  auditAnew(): Promise<void>;
  /** Path of a kubeconfig with a token of this account of ours. */
  kubeconfigOf(account: string): Promise<string>;
  /**
   * What the account asked for must be what it was given: nothing missing, nothing left over. Given means by `manifests`,
   * unless `granted` says otherwise.
   */
  expectExactly(account: string, granted?: ReadonlySet<Right>): Promise<void>;
}

/** Listens to the requests of our accounts for the suite in which it is called. */
export function rightsSuite(): RightsSuite {
  const suite = {
    async auditAnew() {
      suite.seen = await auditFromNow(suite.cluster.controlPlane);
    },
    async kubeconfigOf(account) {
      const { controlPlane } = suite.cluster;
      return controlPlane.kubeconfigFor(
        await controlPlane.tokenFor(NAMESPACE, account),
      );
    },
    async expectExactly(
      account,
      granted = rightsGranted(suite.manifests, account),
    ) {
      const requests = (await suite.seen()).filter(
        (one) => one.account === account,
      );
      const refused = requests.filter(({ authorized }) => !authorized);
      expect(refused, "asked for without the right to").to.deep.equal([]);
      const used = new Set(requests.map(({ right }) => right));
      expect([...granted]).to.have.members([...used]);
    },
  } as RightsSuite;

  before(async function () {
    suite.cluster = await installedCluster(this);
    suite.manifests = await render(
      suite.cluster.controlPlane,
      manifestsPath("overlays/kourier"),
    );
    await suite.auditAnew();
  });
  return suite;
}
