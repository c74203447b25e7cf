import { readFileSync } from "node:fs";
import { expect } from "chai";
import { parse, stringify } from "yaml";
import { problemLine } from "../../../functions/render/locate-problem.ts";
import { renderFiles } from "../../../functions/render/render-files.ts";
import type { Rendering } from "../../../functions/render/render-files.ts";

/** What render makes of a text, with problems and warnings as lines. */
export interface Rendered {
  readonly renderings: readonly Rendering[];
  readonly problems: readonly string[];
  readonly warnings: readonly string[];
}

/** Renders a text as the file `a.yaml`. */
export async function rendered(
  text: string,
  namespace?: string,
): Promise<Rendered> {
  const { renderings, problems, warnings } = await renderFiles(
    [{ file: "a.yaml", text }],
    namespace,
  );
  return {
    renderings,
    problems: problems.map((problem) => problemLine(problem)),
    warnings: warnings.map((warning) => problemLine(warning)),
  };
}

/** The only rendering. Throws with the problems if there is none, and if there are several. */
export async function renderedOne(
  text: string,
  namespace?: string,
): Promise<Rendering> {
  const { renderings, problems } = await rendered(text, namespace);
  const [one, ...more] = renderings;
  if (!one || more.length > 0)
    throw new Error(`${renderings.length} renderings; ${problems.join("; ")}`);
  return one;
}

/** Removes the marks `»` from a text. `places` has the `line:column` of each. */
export function marked(withMarks: string): {
  readonly text: string;
  readonly places: readonly string[];
} {
  const [first = "", ...rest] = withMarks.split("»");
  let text = first;
  const places: string[] = [];
  for (const part of rest) {
    const lines = text.split("\n");
    places.push(`${lines.length}:${(lines.at(-1)?.length ?? 0) + 1}`);
    text += part;
  }
  return { text, places };
}

/** A manifest of reported.yaml, which explains the fields. */
interface ReportedCase {
  readonly text?: string;
  readonly annotations?: string;
  readonly keys?: string;
  readonly workload?: string;
  readonly labels?: string;
  readonly spec?: string;
  readonly windows?: boolean;
  readonly who?: string;
  readonly says?: string | readonly string[];
  readonly warnings?: string | readonly string[];
}

const reported = parse(
  readFileSync(new URL("reported.yaml", import.meta.url), "utf8"),
  { merge: true },
) as Record<string, { who?: string; cases: Record<string, ReportedCase> }>;

/** A test for each case of a group of reported.yaml: render reports exactly these problems and warnings, at these places. */
export function itReports(group: string): void {
  const { who: ofGroup = "", cases } = reported[group] ?? { cases: {} };
  for (const [name, one] of Object.entries(cases))
    it(name, async () => {
      const { who = ofGroup } = one;
      const says = [one.says ?? []].flat();
      const warnings = [one.warnings ?? []].flat();
      const { text, places } = marked(manifestOf(one));
      const { renderings, ...report } = await rendered(text);
      expect(report).to.deep.equal({
        problems: says.map(
          (each, index) => `a.yaml:${places[index]}: ${who}${each}`,
        ),
        warnings: warnings.map((each) => `a.yaml:${each}`),
      });
      if (says.length > 0) expect(renderings).to.deep.equal([]);
    });
}

/** The manifests of a group, with their marks. */
export function manifestsIn(group: string): string[] {
  return Object.values(reported[group]?.cases ?? {}).map(manifestOf);
}

function manifestOf(one: ReportedCase): string {
  const text =
    one.text ??
    (one.workload === undefined
      ? podWith(one)
      : workloadWith(one.workload, one));
  return one.windows ? text.replaceAll("\n", "\r\n") : text;
}

const indented = (text: string, spaces: string): string =>
  text.trimEnd().replaceAll(/^(?=.)/gm, spaces);

function podWith({ annotations, keys = "", spec }: ReportedCase): string {
  const lines =
    annotations ??
    keys.trimEnd().replaceAll(/^(»*)/gm, "$1volume-claim-template/");
  return `kind: Pod
metadata:
  name: web
  annotations:
${indented(lines, "    ")}
spec:
${indented(spec ?? "containers: [{ name: app, volumeMounts: [{ name: cache }] }]", "  ")}
`;
}

/** An object with these lines of its spec beside an annotated Pod template. */
export function workloadWith(
  kind: string,
  { spec = "", labels = "" }: { spec?: string; labels?: string },
): string {
  return `kind: ${kind}
metadata: { name: web }
spec:
${indented(spec, "  ")}
  template:
    metadata:
      ${labels}
      annotations: ${ANNOTATIONS}
    spec:
      containers: [{ name: app }]
      volumes: [{ name: cache, emptyDir: {} }]
`;
}

/** The two annotations of a volume `cache`. */
export const ANNOTATIONS =
  "{ volume-claim-template/name: cache, volume-claim-template/storage: 1Gi }";

/** A Pod template with these annotations. Its container mounts the volume `cache`. */
export const template = {
  metadata: {
    annotations: {
      "volume-claim-template/name": "cache",
      "volume-claim-template/storage": "1Gi",
    },
  },
  spec: {
    containers: [
      { name: "app", volumeMounts: [{ name: "cache", mountPath: "/cache" }] },
    ],
    volumes: [
      { name: "other", configMap: { name: "x" } },
      { name: "cache", emptyDir: {} },
    ],
  },
};

/** The text of a Deployment `web` with this Pod template, and with more metadata of its own. */
export function deployment(of: object = template, own: object = {}): string {
  return stringify({
    kind: "Deployment",
    metadata: { name: "web", ...own },
    spec: { template: of },
  });
}
