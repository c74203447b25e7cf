import { expect } from "chai";
import { ApiStatusError } from "../../../functions/kubernetes/api-server.ts";
import { CommandRuns, MANAGED } from "./command-runs.ts";
import { FakeObjects } from "./fake-objects.ts";

describe("a run of the certificates command that is disturbed", () => {
  let command: CommandRuns;

  beforeEach(() => {
    command = new CommandRuns();
  });

  it("goes on where a run was cut off, at whatever write", async () => {
    for (let cut = 0; cut < 8; cut += 1) {
      command.objects = new FakeObjects();
      for (const flag of [
        "--only-token=false",
        "--renew=ca,token,certificate",
      ]) {
        let left = cut;
        command.objects.beforeWrite = () => {
          left -= 1;
          if (left < 0) throw new Error("killed");
        };
        await command.run(flag).catch(() => undefined);
        command.objects.beforeWrite = () => undefined;
        await command.later();
      }
      for (let more = 0; more < 4; more += 1) await command.later();
      expect((await command.later()).written, `cut at ${cut}`).to.equal(0);
      expect(command.serving().issuedBy(command.authority())).to.equal(true);
      expect(command.objects.caBundle).to.equal(command.authority().pem);
      expect(command.objects.path).to.equal(
        `/mutate/${command.tokens().join()}`,
      );
    }
  });

  it("reads everything again when somebody else was quicker", async () => {
    let quicker = 1;
    command.objects.beforeWrite = () => {
      if (quicker > 0 && command.objects.secrets.has("webhook-ca")) {
        quicker -= 1;
        command.objects.putSecret(
          "webhook-token",
          { token: "of-somebody-quicker" },
          MANAGED,
        );
      }
    };
    await command.run();
    expect(command.tokens()).to.deep.equal(["of-somebody-quicker"]);
    expect(command.objects.path).to.equal("/mutate/of-somebody-quicker");
  });

  it("gives up with the reason when its writes are undone", async () => {
    const readTime = command.objects.readTime.bind(command.objects);
    command.objects.readTime = () => {
      command.objects.secrets.delete("webhook-token");
      return readTime();
    };
    const message = await command.run().then(
      () => "",
      (error: Error) => error.message,
    );
    expect(message).to.include("somebody undoes them");
  });

  it("tells a missing right as it is, and does not try again", async () => {
    let tries = 0;
    command.objects.beforeWrite = () => {
      tries += 1;
      throw new ApiStatusError(
        403,
        'secrets is forbidden: User "x" cannot create',
      );
    };
    const message = await command.run().then(
      () => "",
      (error: Error) => error.message,
    );
    expect(message).to.include("cannot create");
    expect(tries).to.equal(1);
  });
});
