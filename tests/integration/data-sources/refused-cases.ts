import { expect } from "chai";
import { claimsIn, podsIn } from "../../support/admission-suite.ts";
import type { AdmissionSuite } from "../../support/admission-suite.ts";
import { uniqueNamespace } from "../../support/shared-control-plane.ts";
import { refusalOf } from "./world.ts";

/** A source that a volume cannot start from, and what people are told. */
export interface RefusedSource {
  readonly name: string;
  readonly source: string;
  /** What the volume asks for, `1Gi` unless given. */
  readonly storage?: string;
  /** Makes what the source is to be found with. */
  readonly prepare?: (namespace: string) => Promise<void>;
  /** What follows the annotation and its value; `NAMESPACE` stands for the test's own. */
  readonly says: string;
}

/** A test for each, in a dry run and without one. */
export function itIsRefused(
  suite: AdmissionSuite,
  cases: readonly RefusedSource[],
): void {
  for (const { name, source, storage = "1Gi", prepare, says } of cases)
    it(`W9: is refused, with nothing created, for ${name}`, async () => {
      const namespace = await uniqueNamespace("refused");
      await prepare?.(namespace);
      const before = await claimsIn(suite, namespace);
      const expected = `annotation volume-claim-template/data-source: "${source}" ${says.replace("NAMESPACE", namespace)}`;
      for (const dryRun of [true, false])
        expect(
          await refusalOf(suite, namespace, source, { storage, dryRun }),
        ).to.equal(expected);
      expect(await claimsIn(suite, namespace)).to.have.lengthOf(before.length);
      expect(await podsIn(suite, namespace)).to.deep.equal([]);
    });
}
