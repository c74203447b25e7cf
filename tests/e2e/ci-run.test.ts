import { expect } from "chai";
import { writeFile } from "node:fs/promises";
import path from "node:path";
import { runProgram } from "../control-plane/run-program.ts";
import { temporaryDirectory } from "../support/temporary-directory.ts";

const ci = path.join(import.meta.dirname, "../../.ci/run");

/** In the place of npm: prints and returns what a test sets for `npm test` and `npm run e2e`. */
const npm = `#!/bin/sh
[ -z "$KUBECONFIG" ] || echo "KUBECONFIG is $KUBECONFIG"
case "$*" in
ci*) exit 0 ;;
test) printf "$TEST_SAYS"; exit "$TEST_STATUS" ;;
*e2e*) printf "$E2E_SAYS" >&2; exit "$E2E_STATUS" ;;
esac
`;

const tests = "  20 passing (3s)\\n  1 pending\\n";
const passed = "end to end: on it\\n  8 passing (3m)\\nend to end: passed";

/** What `npm test` and `npm run e2e` print and return; then the last lines, without the time, and the exit code. */
const cases: [
  name: string,
  env: Record<string, string>,
  says: [endToEnd: string, tests: string],
  status: number,
][] = [
  [
    "both passed",
    { E2E_SAYS: `${passed}, short form\\n` },
    ["passed, short form", "28 passed, 0 failed"],
    0,
  ],
  [
    "npm test failed before the tests",
    { TEST_STATUS: "1", TEST_SAYS: "error TS2322\\n" },
    ["not run, since npm test failed", "0 passed, 1 failed"],
    1,
  ],
  [
    "the machine cannot run a cluster",
    { E2E_SAYS: "on its own\\nneeds root\\n", E2E_STATUS: "3" },
    ["not run; needs root", "20 passed, 0 failed"],
    0,
  ],
  [
    "the cluster is not built",
    {
      E2E_SAYS:
        "end to end: not run; KUBECONFIG is not set, and it must be built first\\n",
      E2E_STATUS: "3",
    },
    [
      "not run; KUBECONFIG is not set, and it must be built first",
      "20 passed, 0 failed",
    ],
    0,
  ],
  [
    "the suite failed",
    { E2E_SAYS: "  7 passing (3m)\\n  2 failing\\n", E2E_STATUS: "1" },
    ["failed, with status 1", "27 passed, 2 failed"],
    1,
  ],
  [
    "the suite failed, and parts of it did not run",
    {
      E2E_SAYS:
        "  7 passing (3m)\\n  2 failing\\nend to end: failed, short form; not run: storage/driver (no XFS); workloads/burst\\n",
      E2E_STATUS: "1",
    },
    [
      "failed, with status 1; not run: storage/driver (no XFS); workloads/burst",
      "27 passed, 2 failed",
    ],
    1,
  ],
];

describe(".ci/run", () => {
  const directory = temporaryDirectory();

  before(async () => {
    await writeFile(path.join(directory, "npm"), npm, { mode: 0o755 });
  });

  for (const [name, env, says, status] of cases)
    it(`reports in its last lines the short form, its time and the number of tests: ${name}`, async () => {
      const { stdout, exitCode } = await runProgram(ci, [], {
        env: {
          TEST_STATUS: "0",
          TEST_SAYS: tests,
          E2E_STATUS: "0",
          ...env,
          PATH: `${directory}:${process.env["PATH"]}`,
          KUBECONFIG: "/somebody's",
        },
      });
      const [endToEnd, time, counts] = stdout.trimEnd().split("\n").slice(-3);
      expect(endToEnd).to.equal(`end to end, short form: ${says[0]}`);
      expect(time).to.match(/^took 0 min \d+ s$/);
      expect(counts).to.equal(says[1]);
      expect(exitCode).to.equal(status);
      expect(stdout).to.not.include("somebody's");
    });
});
