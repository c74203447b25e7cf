/** A manifest without its marks, and where they stood. */
export interface MarkedManifest {
  readonly text: string;
  /** `line:column`, in the order of the marks. */
  readonly places: readonly string[];
}

/** Takes the marks `»` out of a manifest. */
export function marked(withMarks: string): MarkedManifest {
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
