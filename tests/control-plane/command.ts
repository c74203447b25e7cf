import { errorMessage } from "../../functions/contract/error-message.ts";

/** A program for people at a terminal. */
export interface Command<Options extends { readonly help: boolean }> {
  /** @throws naming the option and its value */
  readonly parseOptions: (argv: readonly string[]) => Options;
  readonly help: string | (() => Promise<string>);
  /** Returns the exit code. What it throws is printed in one line. */
  readonly run: (options: Options) => Promise<number>;
}

/** Runs it with the arguments of this process. Returns the exit code: 2 for wrong options, 1 where it throws. */
export async function runCommand<Options extends { readonly help: boolean }>({
  parseOptions,
  help,
  run,
}: Command<Options>): Promise<number> {
  let options: Options;
  try {
    options = parseOptions(process.argv.slice(2));
  } catch (error) {
    process.stderr.write(`${errorMessage(error)}\nTry --help.\n`);
    return 2;
  }
  if (options.help) {
    process.stdout.write(typeof help === "string" ? help : await help());
    return 0;
  }
  try {
    return await run(options);
  } catch (error) {
    process.stderr.write(`${errorMessage(error)}\n`);
    return 1;
  }
}
