import { expect } from "chai";
import { UNUSED_SINCE_ANNOTATION } from "../../../functions/contract/keys.ts";
import { IDLE_TTL, RETENTION } from "./runs.ts";
import { janitorAlone } from "./suite.ts";

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;

describe("the janitor's marks on a real API server", function () {
  this.timeout(30_000);
  const suite = janitorAlone("marks");

  it("J20 marks all claims of a scale to zero, and deletes them in a later run", async () => {
    await suite.createClaims(12);
    const found = async (
      options?: Parameters<typeof suite.sweep>[0],
    ): Promise<string[]> => [
      ...new Set(Object.values(await suite.reasons(options))),
    ];
    expect(await found()).to.deep.equal(["bulk-first-run"]);
    expect(await found()).to.deep.equal(["marked-just-now"]);
    expect(await found({ concurrency: 3, laterMs: MINUTE })).to.deep.equal([
      "unused",
    ]);
    expect(await suite.names()).to.deep.equal([]);
  });

  it("J12 Retain with idle-ttl: deletes after that time without a Pod, whatever a person writes into the mark", async () => {
    const retain = { [RETENTION]: "Retain", [IDLE_TTL]: "1h" };
    const claim = await suite.createClaim({ annotations: retain });
    for (const mark of [
      "2020-01-01T00:00:00Z",
      "2120-01-01T00:00:00Z",
      "a while ago",
    ]) {
      await suite.annotate(claim, `${UNUSED_SINCE_ANNOTATION}=${mark}`);
      expect(await suite.reasons()).to.deep.equal({
        [claim]: "idle-first-run",
      });
    }
    const { annotations } = await suite.metadataOf(claim);
    const mark = Date.parse(annotations?.[UNUSED_SINCE_ANNOTATION] ?? "");
    expect(Date.now() - mark).to.be.within(0, 10_000);
    expect(await suite.reasons({ laterMs: HOUR - MINUTE })).to.deep.equal({
      [claim]: "idle",
    });
    await suite.createPod("debug", claim, { byHand: true });
    expect(await suite.reasons()).to.deep.equal({ [claim]: "in-use" });
    expect((await suite.metadataOf(claim)).annotations).not.to.have.property(
      UNUSED_SINCE_ANNOTATION,
    );
    await suite.deletePod("debug");
    expect(await suite.reasons()).to.deep.equal({ [claim]: "idle-first-run" });
    expect(await suite.reasons({ laterMs: HOUR + MINUTE })).to.deep.equal({
      [claim]: "idle-too-long",
    });
    expect(await suite.names()).to.deep.equal([]);
  });
});
