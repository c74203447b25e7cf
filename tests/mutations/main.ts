import { execFileSync } from "node:child_process";
import { cp, mkdir, readFile, rm, symlink, writeFile } from "node:fs/promises";
import { globSync } from "node:fs";
import path from "node:path";
import { parseArgs } from "node:util";
import { runCommand } from "../control-plane/command.ts";
import { runProgram } from "../control-plane/run-program.ts";

const help = `Breaks the sources in one way after the other, and shows which tests notice.

  npm run mutations                     all of them: about an hour
  npm run mutations -- janitor          those of tests/mutations/janitor.json
  npm run mutations -- --only "grace"   those whose text contains it
  npm run mutations -- --output=FILE    also writes the result as JSON

It works in a copy of the checkout. It ends with 1 if a mutation is not noticed, or if its text is no longer in the source.

Options
  --only <text>     runs the mutations whose description contains the text
  --output <file>   writes {area, what, failed} of each as JSON
  --help            this text
`;

/** One wrong change of a source file. */
interface Mutation {
  /** What the program then does wrong. */
  readonly what: string;
  readonly file: string;
  /** Text that stands in the file exactly once. */
  readonly find: string;
  readonly replace: string;
  /** Patterns of the test files that are run. */
  readonly tests: readonly string[];
}

interface Outcome {
  readonly area: string;
  readonly what: string;
  /** Titles of the tests that failed; empty if none did. */
  readonly failed: readonly string[];
}

interface MutationOptions {
  readonly help: boolean;
  readonly areas: readonly string[];
  readonly only: string;
  readonly output: string | undefined;
}

function parseOptions(argv: readonly string[]): MutationOptions {
  const { values, positionals } = parseArgs({
    args: [...argv],
    allowPositionals: true,
    options: {
      only: { type: "string", default: "" },
      output: { type: "string" },
      help: { type: "boolean", default: false, short: "h" },
    },
  });
  const known = globSync("*.json", { cwd: import.meta.dirname })
    .map((file) => path.basename(file, ".json"))
    .toSorted();
  for (const area of positionals)
    if (!known.includes(area))
      throw new Error(
        `${JSON.stringify(area)} is no area; there are ${known.join(", ")}`,
      );
  return {
    help: values.help,
    areas: positionals.length > 0 ? positionals : known,
    only: values.only,
    output: values.output,
  };
}

const repository = path.join(import.meta.dirname, "../..");

async function run({ areas, only, output }: MutationOptions): Promise<number> {
  const copy = path.join(repository, `.mutations-${process.pid}`);
  const outcomes: Outcome[] = [];
  try {
    await copyCheckout(copy);
    for (const area of areas)
      for (const mutation of await mutationsOf(area)) {
        if (!mutation.what.includes(only)) continue;
        const failed = await failedWith(mutation, copy);
        outcomes.push({ area, what: mutation.what, failed });
        console.log(
          `${area}: ${mutation.what}\n${failed.map((title) => `    fails ${title}\n`).join("") || "    NOT NOTICED\n"}`,
        );
      }
  } finally {
    await rm(copy, { recursive: true, force: true });
  }
  if (output !== undefined)
    await writeFile(output, `${JSON.stringify(outcomes, null, 2)}\n`);
  const missed = outcomes.filter(({ failed }) => failed.length === 0);
  console.log(
    `${outcomes.length} mutations, ${outcomes.length - missed.length} noticed`,
  );
  return missed.length === 0 && outcomes.length > 0 ? 0 : 1;
}

async function mutationsOf(area: string): Promise<readonly Mutation[]> {
  const file = path.join(import.meta.dirname, `${area}.json`);
  return JSON.parse(await readFile(file, "utf8")) as readonly Mutation[];
}

/** Copies what git would commit, and the built programs, so that the checkout itself never has a broken source. */
async function copyCheckout(copy: string): Promise<void> {
  const files = execFileSync(
    "git",
    ["ls-files", "--cached", "--others", "--exclude-standard"],
    { cwd: repository, encoding: "utf8" },
  ).split("\n");
  await mkdir(copy);
  for (const file of files.filter((name) => name !== ""))
    await cp(path.join(repository, file), path.join(copy, file)).catch(
      // A file that was deleted and not committed yet.
      () => undefined,
    );
  await symlink("../node_modules", path.join(copy, "node_modules"));
  // Last: programs that are older than their sources are built again.
  await cp(path.join(repository, "dist"), path.join(copy, "dist"), {
    recursive: true,
  }).catch(() => undefined);
}

/** Titles of the tests that fail with the mutation. */
async function failedWith(
  { file, find, replace, tests, what }: Mutation,
  copy: string,
): Promise<string[]> {
  const mutated = path.join(copy, file);
  const source = await readFile(mutated, "utf8");
  if (source.split(find).length !== 2)
    throw new Error(
      `${what}: ${JSON.stringify(find)} stands ${source.split(find).length - 1} times in ${file}, instead of once`,
    );
  await writeFile(
    mutated,
    source.replace(find, () => replace),
  );
  try {
    const report = path.join(copy, "report.json");
    await rm(report, { force: true });
    const { stdout, stderr } = await runProgram("/bin/sh", [
      "-c",
      'cd "$0" && exec node node_modules/mocha/bin/mocha.js --reporter json --reporter-option output=report.json "$@"',
      copy,
      ...tests,
    ]);
    const { failures } = JSON.parse(
      await readFile(report, "utf8").catch(() => {
        throw new Error(`${what}: mocha did not run\n${stdout}${stderr}`);
      }),
    ) as { readonly failures: readonly { readonly fullTitle: string }[] };
    return failures.map(({ fullTitle }) => fullTitle);
  } finally {
    await writeFile(mutated, source);
  }
}

process.exitCode = await runCommand({ parseOptions, help, run });
