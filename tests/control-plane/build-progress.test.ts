import { Writable } from "node:stream";
import { mock } from "node:test";
import { expect } from "chai";
import { startProgress } from "./build-progress.ts";

function build(isTTY: boolean) {
  let written = "";
  const stream = new Writable({
    write(chunk, _encoding, done) {
      written += String(chunk);
      done();
    },
  });
  const shown = (): string => {
    const text = written;
    written = "";
    return text;
  };
  const progress = startProgress(Object.assign(stream, { isTTY }));
  // The headline.
  expect(shown()).to.match(/^Building .*\n$/);
  return { progress, shown };
}

describe("startProgress", () => {
  beforeEach(() => {
    mock.timers.enable({ apis: ["setInterval", "Date"] });
  });
  afterEach(() => {
    mock.timers.reset();
  });

  it("writes a line every 15 s where there is no terminal, with the share of the whole", () => {
    const { progress, shown } = build(false);
    mock.timers.tick(15_000);
    expect(shown()).to.equal("Building the test control plane: 15 s\n");
    progress.line("go: downloading k8s.io/api v0.36.3");
    mock.timers.tick(14_999);
    expect(shown()).to.equal("");
    mock.timers.tick(1);
    expect(shown()).to.equal(
      "Building the test control plane: 30 s, modules downloaded: 1\n",
    );
    progress.expect(3);
    mock.timers.tick(15_000);
    expect(shown()).to.equal(
      "Building the test control plane: 45 s, 0 % (0 of 3 packages compiled)\n",
    );
    progress.line("k8s.io/api/core/v1");
    progress.line("golang.org/x/net/http2");
    progress.line("# warning: something else");
    mock.timers.tick(45_000);
    expect(shown().split("\n").at(-2)).to.equal(
      "Building the test control plane: 1 min 30 s, 66 % (2 of 3 packages compiled)",
    );
    progress.line("k8s.io/kubernetes/cmd/kubectl");
    mock.timers.tick(15_000);
    expect(shown()).to.equal(
      "Building the test control plane: 1 min 45 s, 99 % (packages compiled: 3, linking the programs)\n",
    );
    progress.stop("done");
    expect(shown()).to.equal(
      "Building the test control plane: done after 1 min 45 s, 100 % (packages compiled: 3)\n",
    );
    mock.timers.tick(60_000);
    expect(shown()).to.equal("");
  });

  it("keeps one line up to date on a terminal", () => {
    const { progress, shown } = build(true);
    progress.expect(400);
    progress.line("fmt");
    mock.timers.tick(500);
    expect(shown()).to.equal(
      "\r\u001B[KBuilding the test control plane: 1 s, 0 % (1 of 400 packages compiled)",
    );
    progress.stop("failed");
    expect(shown()).to.equal(
      "\r\u001B[KBuilding the test control plane: failed after 1 s, 0 % (1 of 400 packages compiled)\n",
    );
  });

  it("never goes back, nor beyond the whole, whatever Go compiles in the end", () => {
    const { progress, shown } = build(false);
    progress.expect(10);
    const shares: number[] = [];
    for (let index = 0; index < 15; index += 1) {
      progress.line(`example.com/package${index}`);
      mock.timers.tick(15_000);
      shares.push(Number(/ (\d+) %/.exec(shown())?.[1]));
    }
    expect(shares).to.deep.equal(shares.toSorted((a, b) => a - b));
    expect(shares.slice(0, 3)).to.deep.equal([10, 20, 30]);
    expect(Math.max(...shares)).to.equal(99);
  });

  it("counts where nobody knows the whole", () => {
    const { progress, shown } = build(false);
    progress.line("fmt");
    mock.timers.tick(15_000);
    expect(shown()).to.equal(
      "Building the test control plane: 15 s, packages compiled: 1\n",
    );
  });

  it("says that it only links where all packages are in Go's cache", () => {
    const { progress, shown } = build(false);
    progress.expect(0);
    mock.timers.tick(15_000);
    expect(shown()).to.equal(
      "Building the test control plane: 15 s, 99 % (packages compiled: 0, linking the programs)\n",
    );
    progress.stop("done");
    expect(shown()).to.equal(
      "Building the test control plane: done after 15 s, 100 %\n",
    );
  });
});
