import { expect } from "chai";
import { stringify } from "yaml";
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

/** A manifest with a mark at each problem, and the message that belongs to each mark. */
export interface RejectedCase {
  readonly name: string;
  readonly text: string;
  /** Begins each message, such as `Pod/web: `. */
  readonly who?: string;
  readonly says: readonly string[];
  readonly warnings?: readonly string[];
}

/** A test for each case: render reports exactly these problems, at these places, and shows nothing. */
export function itRejects(cases: readonly RejectedCase[]): void {
  for (const { name, text: withMarks, who = "", says, warnings = [] } of cases)
    it(name, async () => {
      const { text, places } = marked(withMarks);
      expect(await rendered(text)).to.deep.equal({
        renderings: [],
        problems: says.map(
          (each, index) => `a.yaml:${places[index]}: ${who}${each}`,
        ),
        warnings,
      });
    });
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
