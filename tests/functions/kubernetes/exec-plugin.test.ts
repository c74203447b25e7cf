import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect } from "chai";
import { execPlugin } from "../../../functions/kubernetes/exec-plugin.ts";
import type { ExecPlugin } from "../../../functions/kubernetes/exec-plugin.ts";
import { temporaryDirectory } from "../../support/temporary-directory.ts";

const V1 = "client.authentication.k8s.io/v1";

describe("execPlugin", function () {
  this.timeout(10_000);
  let directory: string;
  let now: number;
  let runs: string;

  beforeEach(() => {
    directory = temporaryDirectory();
    runs = join(directory, "runs");
    writeFileSync(runs, "");
    now = Date.parse("2030-01-01T00:00:00Z");
  });

  /** A plugin that counts its runs and gives a token with that number. */
  function plugin(
    more: object = {},
    entry: object = {},
    isTerminal = () => false,
  ): ExecPlugin {
    const status = JSON.stringify({ token: "token-COUNT", ...more });
    const script = `echo "$KUBERNETES_EXEC_INFO" >> ${runs}
count=$(wc -l < ${runs} | tr -d ' ')
echo '{"apiVersion":"${V1}","kind":"ExecCredential","status":${status}}' | sed "s/COUNT/$count/"`;
    return execPlugin(
      "u",
      {
        apiVersion: V1,
        interactiveMode: "IfAvailable",
        command: "sh",
        args: ["-c", script],
        ...entry,
      },
      {
        env: { PATH: process.env["PATH"] },
        cluster: { server: "https://host" },
        isTerminal,
        now: () => now,
      },
    );
  }

  const told = (): { spec: object }[] =>
    readFileSync(runs, "utf8")
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line) as { spec: object });

  it("runs once for requests at the same time, and for all later ones", async () => {
    const { credential } = plugin();
    const got = await Promise.all([credential(), credential(), credential()]);
    expect(got).to.deep.equal(
      Array.from({ length: 3 }, () => ({ token: "token-1" })),
    );
    now += 1e10;
    expect(await credential()).to.deep.equal({ token: "token-1" });
  });

  it("runs again when its credential has expired", async () => {
    const { credential } = plugin({
      expirationTimestamp: "2030-01-01T00:01:00Z",
    });
    expect(await credential()).to.deep.equal({ token: "token-1" });
    now += 60_000;
    expect(await credential()).to.deep.equal({ token: "token-1" });
    now += 1;
    expect(await credential()).to.deep.equal({ token: "token-2" });
  });

  it("runs again when the API server rejected its credential", async () => {
    const { credential, forget } = plugin();
    await credential();
    forget();
    expect(await credential()).to.deep.equal({ token: "token-2" });
  });

  it("runs again after a failure", async () => {
    const { credential } = plugin({ expirationTimestamp: "never" });
    for (const run of [1, 2]) {
      const error = await credential().catch((reason: unknown) => reason);
      expect(String(error)).to.equal(
        'Error: user "u": exec: sh printed expirationTimestamp "never", which is not a time',
      );
      expect(told()).to.have.lengthOf(run);
    }
  });

  for (const [interactiveMode, isTerminal, interactive] of [
    ["Never", true, false],
    ["IfAvailable", true, true],
    ["IfAvailable", false, false],
    ["Always", true, true],
  ] as const)
    it(`says that a person ${interactive ? "can" : "cannot"} answer, with mode ${interactiveMode} ${isTerminal ? "at" : "without"} a terminal`, async () => {
      await plugin({}, { interactiveMode }, () => isTerminal).credential();
      expect(told()).to.deep.equal([
        { kind: "ExecCredential", apiVersion: V1, spec: { interactive } },
      ]);
    });

  it("says how to install a missing command", async () => {
    const error = await plugin(
      {},
      { command: "no-such-plugin", installHint: "install it:\n  from there" },
    )
      .credential()
      .catch((reason: unknown) => reason);
    expect(String(error)).to.match(
      /exec: cannot run no-such-plugin: .*ENOENT; install it: from there$/,
    );
  });
});
