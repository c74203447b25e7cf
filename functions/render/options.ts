import { parseArgs } from "node:util";
import { isDnsLabel } from "../kubernetes/names.ts";
import { quoted } from "../contract/printable.ts";

/** What the person at the terminal asked for. */
export interface RenderOptions {
  /** Files, directories and patterns in the order given; `-` is standard input. */
  readonly paths: readonly string[];
  readonly output: Output;
  /** Namespace of what names none itself. */
  readonly namespace?: string;
  /** A table in place of the manifests. */
  readonly summary: boolean;
}

type Output = "yaml" | "json";

/** The command line, read. `problems` has a line for everything that is wrong with it. */
export type ParsedOptions =
  | { readonly kind: "help" }
  | { readonly kind: "version" }
  | { readonly kind: "run"; readonly options: RenderOptions }
  | { readonly kind: "invalid"; readonly problems: readonly string[] };

const FLAGS = {
  help: { type: "boolean", short: "h" },
  version: { type: "boolean" },
  output: { type: "string", short: "o" },
  namespace: { type: "string", short: "n" },
  summary: { type: "boolean" },
} as const;

/** Reads the arguments after the program's name. */
export function parseOptions(args: readonly string[]): ParsedOptions {
  const problems: string[] = [];
  const given = new Map<string, string>();
  const paths: string[] = [];
  const { tokens } = parseArgs({
    args: [...args],
    options: FLAGS,
    allowPositionals: true,
    // Strict, it would stop at the first mistake.
    strict: false,
    tokens: true,
  });
  for (const token of tokens) {
    if (token.kind === "positional") paths.push(token.value);
    if (token.kind !== "option") continue;
    const { name, rawName, value } = token;
    const problem = flagProblem(name, rawName, value);
    if (problem === undefined) given.set(name, value ?? "");
    else problems.push(problem);
  }
  if (given.has("help")) return { kind: "help" };
  if (given.has("version")) return { kind: "version" };

  if (paths.length === 0)
    problems.push(
      "name files or directories with manifests, or - for standard input; --help has examples",
    );
  if (problems.length > 0) return { kind: "invalid", problems };
  const namespace = given.get("namespace");
  return {
    kind: "run",
    options: {
      paths,
      output: given.get("output") === "json" ? "json" : "yaml",
      ...(namespace !== undefined && { namespace }),
      summary: given.has("summary"),
    },
  };
}

function flagProblem(
  name: string,
  rawName: string,
  value: string | undefined,
): string | undefined {
  if (!Object.hasOwn(FLAGS, name))
    return `${rawName}: unknown flag; --help lists those there are`;
  const { type } = FLAGS[name as keyof typeof FLAGS];
  if (type === "boolean")
    return value === undefined
      ? undefined
      : `${rawName}: ${quoted(value)} is too much, it takes no value`;
  if (value === undefined) return `${rawName}: needs a value`;
  if (name === "output")
    return ["yaml", "json"].includes(value)
      ? undefined
      : `${rawName}: ${quoted(value)} is neither yaml nor json`;
  return isDnsLabel(value)
    ? undefined
    : `${rawName}: ${quoted(value)} is not the name of a namespace`;
}
