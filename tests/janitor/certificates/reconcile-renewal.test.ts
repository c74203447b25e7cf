import { expect } from "chai";
import { CommandRuns } from "./command-runs.ts";
import { day, minute } from "./fake-objects.ts";

describe("a renewal by the certificates command", function () {
  this.timeout(20_000);
  let command: CommandRuns;

  beforeEach(async () => {
    command = new CommandRuns();
    await command.run();
  });

  it("replaces the serving certificate 30 days before its end, in one step, under the same authority", async () => {
    const old = command.serving().fingerprint;
    const ca = command.authority().fingerprint;
    command.objects.now += 61 * day;
    await command.run("--token-validity=0");
    expect(command.written).to.deep.equal([
      "issue-certificate: the old one ends on 2026-05-30",
    ]);
    expect(command.serving().fingerprint).not.to.equal(old);
    expect(command.serving().notAfter).to.equal(command.objects.now + 90 * day);
    expect(command.authority().fingerprint).to.equal(ca);
  });

  it("replaces the authority in three steps with the settle time between them", async () => {
    const old = command.authority().pem;
    const serving = command.serving().fingerprint;
    const first = await command.run("--renew=ca");
    expect(command.written).to.deep.equal([
      "make-authority: as requested",
      "write-webhook: caBundle gains an authority",
    ]);
    expect(command.objects.caBundle).to.equal(command.authority().pem + old);
    expect(command.serving().fingerprint).to.equal(serving);
    expect(first.waiting).to.deep.equal([
      {
        what: "a new serving certificate is issued: the old one is of the old authority",
        until: command.objects.now + 5 * minute,
      },
    ]);
    command.objects.now += 4 * minute;
    expect((await command.run()).written).to.equal(0);

    const second = await command.later();
    expect(command.written).to.deep.equal([
      "issue-certificate: the old one is of the old authority",
    ]);
    expect(command.serving().issuedBy(command.authority())).to.equal(true);
    expect(command.objects.caBundle).to.equal(command.authority().pem + old);
    expect(second.waiting.map(({ what }) => what)).to.deep.equal([
      "the old authority is removed from caBundle",
    ]);
    expect((await command.run()).written).to.equal(0);

    const third = await command.later();
    expect(command.written).to.deep.equal([
      "write-webhook: caBundle loses one that is not needed any more",
    ]);
    expect(command.objects.caBundle).to.equal(command.authority().pem);
    expect(third.waiting).to.deep.equal([]);
    expect((await command.later()).written).to.equal(0);
  });

  it("replaces the authority before a serving certificate would outlive it", async () => {
    command = new CommandRuns();
    const flags = ["--ca-validity=200d", "--token-validity=0"];
    await command.run(...flags);
    const ends = command.authority().notAfter;
    command.objects.now = ends - 121 * day;
    await command.run(...flags);
    expect(command.written.map((one) => one.split(":")[0])).to.deep.equal([
      "issue-certificate",
    ]);
    command.objects.now = ends - 119 * day;
    await command.run(...flags);
    expect(command.written[0]).to.include(
      "make-authority: the old one ends on",
    );
  });

  it("replaces the token in three steps", async () => {
    const [old] = command.tokens();
    const first = await command.run("--renew=token");
    expect(command.written).to.deep.equal(["write-tokens: as requested"]);
    const [kept, next] = command.tokens();
    expect(kept).to.equal(old);
    expect(command.objects.path).to.equal(`/mutate/${old}`);
    expect(first.waiting.map(({ what }) => what)).to.deep.equal([
      "the webhook's path gets the new token",
    ]);
    expect((await command.run()).written).to.equal(0);

    await command.later();
    expect(command.written).to.deep.equal(["write-webhook: its path changes"]);
    expect(command.objects.path).to.equal(`/mutate/${next}`);
    expect(command.tokens()).to.deep.equal([old, next]);
    expect((await command.run()).written).to.equal(0);

    await command.later();
    expect(command.written).to.deep.equal([
      "write-tokens: the old one is not in use any more",
    ]);
    expect(command.tokens()).to.deep.equal([next]);
    expect((await command.later()).written).to.equal(0);
  });

  it("replaces an old token by itself, unless with --token-validity=0", async () => {
    command.objects.now += 91 * day;
    await command.run("--token-validity=0", "--renew-before=0");
    expect(command.tokens()).to.have.lengthOf(1);
    await command.run("--renew-before=0");
    expect(command.tokens()).to.have.lengthOf(2);
  });

  it("does not start again before it has ended", async () => {
    await command.run("--renew=ca,token");
    const again = await command.run("--renew=ca", "--renew=token");
    expect(again.written).to.equal(0);
    expect(again.underWay).to.deep.equal(["ca", "token"]);
  });
});
