import { expect } from "chai";
import { admissionSuite, claimsIn } from "../../support/admission-suite.ts";
import { uniqueNamespace } from "../../support/shared-control-plane.ts";
import { refusalOf } from "./world.ts";

// Named to run before the other tests of data sources, which install what is missing here.
describe("a volume from a snapshot, where snapshots are not installed", function () {
  this.timeout(60_000);
  const suite = admissionSuite();

  for (const source of ["VolumeSnapshot/nightly", "VolumeSnapshot?app=orders"])
    it(`W9: is refused on a cluster that knows no snapshots: ${source}`, async () => {
      const namespace = await uniqueNamespace("no-snapshots");
      expect(await refusalOf(suite, namespace, source)).to.equal(
        `annotation volume-claim-template/data-source: "${source}" cannot be used: this cluster has no VolumeSnapshots: the API snapshot.storage.k8s.io/v1 is not installed`,
      );
      expect(await claimsIn(suite, namespace)).to.deep.equal([]);
    });
});
