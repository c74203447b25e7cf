/**
 * How long the built `render` takes, in units of what Node itself takes to do nothing:
 *     node tests/benchmarks/by-hand/render-start.ts [rounds, 20 unless given]
 *
 * Each round runs every command once, one after the other, so that the ratios hold on a machine whose speed varies.
 */
import { spawnSync } from "node:child_process";
import { buildIfOld, RENDER } from "../../support/built-programs.ts";
import { median } from "../measure/statistics.ts";

const EXAMPLE = "examples/disk-cache.yaml";
const COMMANDS: Readonly<Record<string, readonly string[]>> = {
  "node -e 0": ["-e", "0"],
  "--version": [RENDER, "--version"],
  [EXAMPLE]: [RENDER, EXAMPLE],
  [`--summary ${EXAMPLE}`]: [RENDER, "--summary", EXAMPLE],
  "examples/": [RENDER, "examples/"],
};

await buildIfOld();

const rounds = Number(process.argv[2] ?? 20);
const times = Object.keys(COMMANDS).map((): number[] => []);
// The first round fills the caches of the operating system.
for (let round = 0; round <= rounds; round++)
  for (const [index, args] of Object.values(COMMANDS).entries()) {
    const start = performance.now();
    const { status } = spawnSync(process.execPath, args, { stdio: "ignore" });
    if (status !== 0)
      throw new Error(`exit code ${status} of ${args.join(" ")}`);
    if (round > 0) times[index]?.push(performance.now() - start);
  }

const [bare = []] = times;
console.log("                                       median  of node -e 0");
for (const [index, name] of Object.keys(COMMANDS).entries()) {
  const own = times[index] ?? [];
  const ratio = median(own.map((time, round) => time / (bare[round] ?? NaN)));
  console.log(
    `${name.padEnd(36)}${median(own).toFixed(0).padStart(6)} ms${ratio.toFixed(2).padStart(8)} times`,
  );
}
