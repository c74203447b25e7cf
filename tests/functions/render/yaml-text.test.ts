import { expect } from "chai";
import fc from "fast-check";
import { parse } from "yaml";
import { yamlText } from "../../../functions/render/print-manifests.ts";

/** Of such pieces a text is made that is easily taken for something else. */
const PIECES =
  "a|1|0x| |\n|:|: |#| #|- |-|~|yes|on|null|.|e|E|T|_|!|&|*|%|@|`|{|}|[|]|,|=|<|<<|>|?|'|\"|\\|\t|\r|\u0085|\u00a0|\u2028|\ufeff|\ud800|…|😀|---|...|2026-01-01|22:30".split(
    "|",
  );

const texts = fc.oneof(
  fc.string(),
  fc.string({ unit: "binary" }),
  fc
    .array(fc.constantFrom(...PIECES, "|"), { maxLength: 8 })
    .map((pieces) => pieces.join("")),
);

const keys = texts.filter((text) => text !== "__proto__" && text !== "<<");

const { value: values } = fc.letrec((tie) => ({
  value: fc.oneof(
    { depthSize: "small" },
    texts,
    fc.integer(),
    fc.double({ noNaN: true, noDefaultInfinity: true }).map((n) => n + 0),
    fc.boolean(),
    fc.constant(null),
    fc.array(tie("value"), { maxLength: 4 }),
    fc.dictionary(keys, tie("value"), { maxKeys: 4 }),
  ),
}));

describe("yamlText", () => {
  it("writes what every reader of YAML 1.1 and 1.2 takes for the same value", () => {
    fc.assert(
      fc.property(values, (value) => {
        const text = yamlText(value);
        for (const options of [{}, { schema: "yaml-1.1" }] as const)
          expect(parse(text, options)).to.deep.equal(value);
      }),
      { numRuns: 1_000 },
    );
  });

  it("writes as people do", () => {
    expect(
      yamlText({
        name: "build-cache-<hash>",
        "volume-claim-template/name": "cache",
        managed: "true",
        size: "10Gi",
        schedule: "*/5 * * * *",
        replicas: 3,
        nothing: null,
        none: [],
        args: ["--dir=/data", "yes", "0644", "a: b", "ends with:", "# no"],
        containers: [{ name: "a", emptyDir: {} }, [1, [2]]],
        script: "set -e\n\tmake\n\nif x; then\n  y\nfi\n",
        kept: "two\nlines\n\n",
        stripped: "two\nlines",
        odd: " first\nsecond",
        skipped: undefined,
      }),
    ).to.equal(`name: build-cache-<hash>
volume-claim-template/name: cache
managed: "true"
size: 10Gi
schedule: "*/5 * * * *"
replicas: 3
nothing: null
none: []
args:
  - --dir=/data
  - "yes"
  - "0644"
  - "a: b"
  - "ends with:"
  - "# no"
containers:
  - name: a
    emptyDir: {}
  - - 1
    - - 2
script: |
  set -e
  \tmake

  if x; then
    y
  fi
kept: |+
  two
  lines

stripped: |-
  two
  lines
odd: " first\\nsecond"
`);
  });
});
