import { expect } from "chai";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { eventually } from "./eventually.ts";
import { processesOf } from "./processes-of.ts";
import { runProgram, type RunOptions } from "./run-program.ts";

/** For a shell: prints its process group. */
const showGroup = "ps -o pgid= -p $$";

async function groupOf(id: number): Promise<string> {
  const { stdout } = await runProgram("ps", ["-o", "pgid=", "-p", String(id)]);
  return stdout.trim();
}

describe("runProgram", () => {
  it("returns what the program wrote, and its exit code", async () => {
    const ran = await runProgram("/bin/sh", [
      "-c",
      "echo out; echo err >&2; exit 7",
    ]);
    expect(ran).to.deep.equal({
      stdout: "out\n",
      stderr: "err\n",
      exitCode: 7,
    });
  });

  it("gives the input to the program, also to one that reads none of it", async () => {
    const { stdout } = await runProgram("cat", [], { input: "text" });
    expect(stdout).to.equal("text");
    const { exitCode } = await runProgram("true", [], {
      input: "x".repeat(1_000_000),
    });
    expect(exitCode).to.equal(0);
  });

  it("passes output on while it comes and returns it too, where it is asked to", async () => {
    const { stdout, stderr } = await runProgram(process.execPath, [
      "--input-type=module",
      "--eval",
      `import { runProgram } from ${JSON.stringify(path.join(import.meta.dirname, "run-program.ts"))};
const { stdout } = await runProgram("echo", ["text"], { tee: true });
console.error("returned", stdout);`,
    ]);
    expect(stdout).to.equal("text\n");
    expect(stderr).to.equal("returned text\n\n");
  });

  it("throws when the program cannot be started", async () => {
    const error: unknown = await runProgram("/no/such/program", []).catch(
      (thrown: unknown) => thrown,
    );
    expect(String(error)).to.include("/no/such/program");
  });

  describe("when it is aborted", () => {
    let directory = "";
    let file = "";

    beforeEach(async () => {
      directory = await mkdtemp(path.join(tmpdir(), "run-program-"));
      file = path.join(directory, "followed");
      await writeFile(file, "");
    });
    afterEach(() => rm(directory, { recursive: true, force: true }));

    it("ends the program and what that has started", async () => {
      const controller = new AbortController();
      const running = runProgram("/bin/sh", ["-c", `tail -f ${file} & wait`], {
        aborted: controller.signal,
      });
      await eventually(
        "both started",
        async () => (await processesOf(file)).length === 2,
      );
      controller.abort();
      expect((await running).exitCode).to.equal(-1);
      await eventually(
        "both gone",
        async () => (await processesOf(file)).length === 0,
      );
    });

    it("does not mind that the program has ended, and its output is held open by what it started", async () => {
      const controller = new AbortController();
      const running = runProgram(
        "/bin/sh",
        ["-c", `setsid tail -f ${file} & exit 3`],
        { aborted: controller.signal },
      );
      const left = await eventually("only the other left", async () => {
        const [first, ...more] = await processesOf(file);
        return (
          first?.commandLine.startsWith("tail") && more.length === 0 && first
        );
      });
      controller.abort();
      process.kill(left.pid);
      expect((await running).exitCode).to.equal(3);
    });
  });

  it("starts nothing when that was aborted before", async () => {
    const ran = await runProgram("/bin/sh", ["-c", "echo started"], {
      aborted: AbortSignal.abort(),
    });
    expect(ran).to.deep.equal({ stdout: "", stderr: "", exitCode: -1 });
  });

  it("leaves a program that nobody can abort in this process's group, to end with it", async () => {
    const own = await groupOf(process.pid);
    const ownsGroup = async (options: RunOptions): Promise<boolean> => {
      const { stdout } = await runProgram(
        "/bin/sh",
        ["-c", showGroup],
        options,
      );
      return stdout.trim() !== own;
    };
    expect(await ownsGroup({})).to.equal(false);
    const { signal } = new AbortController();
    expect(await ownsGroup({ aborted: signal })).to.equal(true);
  });
});
