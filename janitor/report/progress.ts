import type { Progress } from "../actions/sweep-context.ts";

/** Goes back to the start of the line and empties it. */
const ERASE_LINE = "\r\u001b[K";

/** Where progress is shown: stderr, or something like it. */
export interface ProgressStream {
  readonly isTTY?: boolean;
  write(text: string): unknown;
}

/** Shows progress in one line of a terminal, which each step replaces. Shows nothing without a terminal. `end` removes the line. */
export function createProgress(
  stream: ProgressStream,
): Progress & { end(): void } {
  let total: number | undefined;
  let done = 0;
  let deleted = 0;
  const show = (): void => {
    if (!stream.isTTY) return;
    stream.write(
      ERASE_LINE +
        (total === undefined
          ? "listing claims ..."
          : `namespaces: ${done} of ${total}, claims deleted: ${deleted}`),
    );
  };
  show();
  return {
    namespaces: (number) => {
      total = number;
      show();
    },
    namespaceDone: () => {
      done += 1;
      show();
    },
    claimDeleted: () => {
      deleted += 1;
      show();
    },
    end: () => {
      if (stream.isTTY) stream.write(ERASE_LINE);
    },
  };
}
