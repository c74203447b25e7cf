import { expect } from "chai";
import type { V1Pod } from "@kubernetes/client-node";
import { planPod } from "../../../functions/admission/plan-pod.ts";
import { printable } from "../../../functions/contract/printable.ts";
import { MALFORMED } from "../template/malformed.ts";
import { aRequest } from "../../support/builders.ts";
import { deployment, rendered } from "./rendered.ts";
import { fieldMessage } from "../../../functions/field/field-error.ts";

/** The one thing that is told otherwise: render knows the line of the file. */
const PLACE_IN_TEXT = /(?:in its text, )?line \d+, column \d+: /;

describe("what render rejects", function () {
  // The worst of these texts take half a second, and ten times that on a machine that is busy.
  this.timeout(20_000);
  for (const { name, annotations, volumes } of MALFORMED)
    it(`is what the function denies, in the same words: ${name}`, async () => {
      const volumeMounts = [{ name: "data", mountPath: "/data" }];
      const template = {
        metadata: { annotations },
        spec: {
          containers: [{ name: "app", volumeMounts }],
          volumes: volumes ?? [{ name: "data", emptyDir: {} }],
        },
      };
      const plan = await planPod(aRequest(template as V1Pod));
      if (plan.kind !== "deny") throw new Error(`not rejected: ${plan.kind}`);

      const { problems, renderings } = await rendered(deployment(template));
      const said = problems.map((line) =>
        line
          .replace(/^a\.yaml:\d+:\d+: Deployment\/web spec\.template: /, "")
          .replace(PLACE_IN_TEXT, ""),
      );
      expect(said).to.have.members(
        plan.errors.map((error) =>
          printable(fieldMessage(error).replace(PLACE_IN_TEXT, "")),
        ),
      );
      expect(renderings).to.deep.equal([]);
    });
});
