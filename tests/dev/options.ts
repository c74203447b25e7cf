import { parseArgs } from "node:util";

/** Where the function's sources are, from the top of the repository. */
const defaultFunctions = "functions";

/** How the loop is to be run. */
export interface DevOptions {
  readonly help: boolean;
  /** Directory with the main.ts that is run, and that is watched with everything below it. */
  readonly functions: string;
}

/** @throws naming the option, when one is unknown or its value is of no use */
export function parseOptions(argv: readonly string[]): DevOptions {
  const { values } = parseArgs({
    args: [...argv],
    options: {
      help: { type: "boolean", default: false, short: "h" },
      functions: { type: "string", default: defaultFunctions },
    },
  });
  if (values.functions === "") {
    throw new Error('--functions "": give the directory of a main.ts');
  }
  return { help: values.help, functions: values.functions };
}

/** The text of `--help`. */
export const help = `Runs the function from its sources on a Kubernetes control plane of its own, and again after every change: the loop of
\`skaffold dev\`, without a cluster, without images, and in a second.

  npm run dev

The webhook stays registered and its address stays the same. A changed function takes over once it is ready, and the one
before ends when its admissions are answered: no Pod is refused meanwhile. One that does not start says why, and the one
before goes on.

While it is up, type and press Enter:
  j          let the janitor sweep, from its sources as they are now
  j <flags>  the same with more flags, such as j --dry-run
Ctrl-C ends everything. Without a terminal the same is read from standard input, and SIGTERM ends it.

Options
  --functions <directory>   the sources that are run and watched (default ${defaultFunctions})
  --help                    this text

Programs of the control plane are those of \`npm start\`: see npm start -- --help. NO_COLOR=1 turns colours off.

Exit codes: 0 ended by Ctrl-C or SIGTERM once it was up, 1 something did not start or ended by itself, 2 bad options; ended by
a signal before it was up: 128 and its number.
`;
