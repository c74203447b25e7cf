import { spec, full, GOOD_SPEC, MODES } from "./malformed-case.ts";
import type { MalformedCase } from "./malformed-case.ts";

/** What is no array of templates. */
export const MALFORMED_TEXTS: readonly MalformedCase[] = [
  full(
    "nothing at all",
    "",
    " is empty: it gives an array of templates as in a StatefulSet's volumeClaimTemplates",
  ),
  full(
    "a comment only",
    "# to be written\n",
    " is empty: it gives an array of templates as in a StatefulSet's volumeClaimTemplates",
  ),
  full("an empty array", "[]", ": has no template in it"),
  full(
    "one template without its dash",
    `metadata: {name: data}\nspec: {${GOOD_SPEC}}`,
    ": must be an array of templates as in a StatefulSet's volumeClaimTemplates, each beginning with a dash",
  ),
  full(
    "the line above the array, too",
    `volumeClaimTemplates:\n${spec(GOOD_SPEC)}`,
    ": must be the array alone; leave out the line volumeClaimTemplates:",
  ),
  full(
    "two documents",
    `${spec(GOOD_SPEC)}\n---\n${spec(GOOD_SPEC)}`,
    ": has several YAML documents; put all templates into one array",
  ),
  full(
    "a field twice",
    `- metadata: {name: data}\n  metadata: {name: data}\n  spec: {${GOOD_SPEC}}`,
    ": is not YAML: line 2, column 3: Map keys must be unique",
  ),
  full(
    "a tab for indentation",
    "- metadata:\n\tname: data",
    ": is not YAML: line 2, column 1: Tabs are not allowed as indentation",
  ),
  full(
    "a brace that is never closed",
    "- {metadata: {name: data}",
    ": is not YAML: line 1, column 26: Flow map in block collection must be sufficiently indented and end with a }",
  ),
  full(
    "an alias without its anchor",
    "- *data",
    ": cannot be read: Unresolved alias (the anchor must be set before the alias): data",
  ),
  full(
    "aliases that multiply",
    `- &a [x, x, x, x, x, x, x, x, x]\n- &b [${"*a, ".repeat(9)}]\n- &c [${"*b, ".repeat(9)}]\n- [${"*c, ".repeat(9)}]`,
    ": cannot be read: Excessive alias count indicates a resource exhaustion attack",
  ),
  full(
    "a list that contains itself",
    "- &a [*a]",
    ": is nested too deeply for templates",
  ),
  full(
    "lists in lists in lists",
    "[".repeat(5_000),
    ": is nested too deeply for templates",
  ),
  full(
    "a tag",
    "- !template {}",
    ": is not YAML: line 1, column 3: Unresolved tag: !template",
  ),
  full(
    "a list for a key",
    "- ? [metadata]\n  : {name: data}",
    ": is not YAML: line 1, column 5: With stringKeys, all keys must be strings",
  ),
  full(
    "a chart that nobody rendered",
    "{{- toYaml .Values.volumeClaimTemplates | nindent 10 }}",
    ": line 1, column 1: is a template that nobody has filled in; render the chart first",
  ),
  full(
    "a chart that nobody rendered, in quotes",
    '"{{ toYaml .Values.volumeClaimTemplates }}"',
    ": is a template that nobody has filled in; render the chart first",
  ),
  full(
    "a size of a chart that nobody rendered",
    `- metadata: {name: data}\n  spec:\n    ${MODES}\n    resources:\n      requests:\n        storage: {{ .Values.size }}`,
    ": line 6, column 18: is a template that nobody has filled in; render the chart first",
  ),
  full(
    "braces that are meant for another program, beside a brace that is never closed",
    '- {metadata: {name: data, annotations: {a: "{{ .x }}"}}',
    ": is not YAML: line 1, column 56: Flow map in block collection must be sufficiently indented and end with a }",
  ),
  full(
    "no-break spaces in place of the indentation",
    "- metadata: {name: data}\n\u00a0\u00a0spec: x",
    String.raw`: is not YAML: line 2, column 1: Unexpected scalar at node end; the invisible character \u00a0 (no-break space) stands on line 2 of the text`,
  ),
  full(
    "a very long text",
    `# ${"x".repeat(40_000)}`,
    ": has 40002 characters, but at most 32768 are read",
  ),
  full(
    "more volumes than any node takes",
    "- {}\n".repeat(129),
    ": has 129 templates; a Pod can have 128",
  ),
  full(
    "a name in place of a template",
    "- data",
    ': template 1: "data" must be an object with fields of its own',
  ),
];
