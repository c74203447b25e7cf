import { readFileSync } from "node:fs";
import { expect } from "chai";
import { JANITOR } from "../support/built-programs.ts";
import { startProgram } from "../support/program.ts";

/** Flags that every program has; the manuals leave them out. */
const COMMON_FLAGS: ReadonlySet<string> = new Set(["--help", "--version"]);

const MANUALS = [
  { page: "docs/janitor.md", args: ["--help"] },
  { page: "docs/certificates.md", args: ["certificates", "--help"] },
];

for (const { page, args } of MANUALS)
  describe(page, function () {
    this.timeout(20_000);

    it("has a row for every flag that --help lists, with the same default, and for no other", async () => {
      const program = startProgram(JANITOR, { args, env: {} });
      expect(await program.exited).to.equal(0);
      const listed = flagsOf(program.stdout());
      expect([...listed.values()].filter(Boolean)).to.not.be.empty;
      const rows = rowsOf(page);
      expect([...rows.keys()]).to.have.members([...listed.keys()]);
      for (const [flag, row] of rows) {
        const usual = listed.get(flag);
        if (usual !== undefined && usual !== "false")
          expect(row, flag).to.match(
            new RegExp(`\\| +\`?${usual.replaceAll(".", "\\.")}\`? +\\|$`),
          );
      }
    });
  });

/** The flags of a help text with their defaults, where they have one. */
function flagsOf(help: string): ReadonlyMap<string, string | undefined> {
  return new Map(
    help
      .split(/^ {2}(?=(?:-\w, )?--\w)/m)
      .slice(1)
      .map((text): [string, string | undefined] => [
        /--[\w-]+/.exec(text)?.[0] ?? "",
        /\[default ([^;]+);/.exec(text)?.[1],
      ])
      .filter(([flag]) => !COMMON_FLAGS.has(flag)),
  );
}

/** The rows of the table of flags on a page, by their flag. */
function rowsOf(page: string): ReadonlyMap<string, string> {
  const text = readFileSync(new URL(`../../${page}`, import.meta.url), "utf8");
  return new Map(
    [...text.matchAll(/^\| `(--[\w-]+).*$/gm)].map(([row, flag = ""]) => [
      flag,
      row,
    ]),
  );
}
