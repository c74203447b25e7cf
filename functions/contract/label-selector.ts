import { isLabelKey, isLabelValue } from "./label-syntax.ts";

/** Words, operators and parentheses; white space only separates them. */
const TOKEN = /[=!]=|[=!<>(),]|[^ \t\r\n=!<>(),]+/g;

/** The API server compares 64-bit integers; 18 digits always fit. */
const INTEGER = /^\d{1,18}$/;

/**
 * True for a label selector as `kubectl --selector` takes it, such as `app=orders,tier in (nightly, weekly),!draft`, with at least
 * one requirement: https://kubernetes.io/docs/concepts/overview/working-with-objects/labels/#label-selectors
 */
export function isLabelSelector(text: string): boolean {
  const tokens = text.match(TOKEN) ?? [];
  for (let at = 0; ;) {
    const end = endOfRequirement(tokens, at);
    if (end === undefined || end === tokens.length) return end !== undefined;
    if (tokens[end] !== ",") return false;
    at = end + 1;
  }
}

/** The index after the requirement that begins at `at`; undefined when no requirement begins there. */
function endOfRequirement(
  tokens: readonly string[],
  at: number,
): number | undefined {
  if (tokens[at] === "!")
    return isLabelKey(tokens[at + 1] ?? "") ? at + 2 : undefined;
  if (!isLabelKey(tokens[at] ?? "")) return undefined;
  const operand = tokens[at + 2];
  switch (tokens[at + 1]) {
    case undefined:
    case ",":
      return at + 1;
    case "=":
    case "==":
    case "!=":
      // The value may be empty.
      if (operand === undefined || operand === ",") return at + 2;
      return isLabelValue(operand) ? at + 3 : undefined;
    case "<":
    case ">":
      return INTEGER.test(operand ?? "") ? at + 3 : undefined;
    case "in":
    case "notin":
      return operand === "(" ? endOfValues(tokens, at + 3) : undefined;
    default:
      return undefined;
  }
}

/** The index after the closing parenthesis of a list of values. A value may be empty. */
function endOfValues(
  tokens: readonly string[],
  start: number,
): number | undefined {
  const end = tokens.indexOf(")", start);
  if (end < 0) return undefined;
  const values = tokens.slice(start, end);
  const sound = values.every(
    (token, index) =>
      token === "," ||
      (isLabelValue(token) && (index === 0 || values[index - 1] === ",")),
  );
  return sound ? end + 1 : undefined;
}
