/** What a template engine replaces, such as Helm's; it may go over several lines, as comments do, but not over pages. */
const ACTION = /\{\{(?:(?!\}\})[^]){0,2000}\}\}/g;

/** Lines of nothing else leave nothing behind, or more lines of YAML. */
const ACTIONS_ONLY = new RegExp(
  `^[^\\S\\n]*(?:${ACTION.source}[^\\S\\n]*)+$`,
  "gm",
);

/**
 * Where the template action is that keeps a text from being YAML, of which the parser says that something is wrong at `offset`.
 * Nothing if there is none, or if the text is no YAML without its actions either: one in quotes is a text like any other.
 */
export function templateActionIn(
  text: string,
  offset: number,
  isYaml: (text: string) => boolean,
): number | undefined {
  const starts = [...text.matchAll(ACTION)].map(({ index }) => index);
  if (starts.length === 0) return undefined;
  const withoutActions = text
    .replaceAll(ACTIONS_ONLY, (lines) => lines.replaceAll(/[^\n]/g, ""))
    .replaceAll(ACTION, (action) => "x".repeat(action.length));
  const lineEnd = text.indexOf("\n", offset);
  const errorLine = text.slice(
    text.lastIndexOf("\n", offset - 1) + 1,
    lineEnd < 0 ? text.length : lineEnd,
  );
  if (!errorLine.includes("{{") && !isYaml(withoutActions)) return undefined;
  // The parser points at the second brace, or at something after the action.
  return starts.findLast((start) => start <= offset) ?? starts[0];
}
