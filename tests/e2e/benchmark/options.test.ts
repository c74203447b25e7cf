import { expect } from "chai";
import path from "node:path";
import { runProgram } from "../../support/run-program.ts";

const main = path.join(import.meta.dirname, "main.ts");

describe("npm run bench:e2e", () => {
  for (const { args, env = {}, says } of [
    { args: ["--bogus"], says: "Unknown option '--bogus'\nTry --help.\n" },
    {
      args: ["--rounds", "0"],
      says: '--rounds: "0" is not a whole number above 0\nTry --help.\n',
    },
    {
      args: [],
      env: { KUBECONFIG: "/somebody's" },
      says: "benchmark: KUBECONFIG is set, but it makes images and settings of its own; unset it, and a cluster is made\n",
    },
  ])
    it(`refuses ${args.join(" ") || "a cluster of somebody"}, and ends with 2`, async () => {
      const ran = await runProgram(process.execPath, [main, ...args], {
        env: { ...process.env, ...env },
      });
      expect(ran).to.deep.equal({ stdout: "", stderr: says, exitCode: 2 });
    });
});
