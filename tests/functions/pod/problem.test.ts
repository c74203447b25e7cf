import { expect } from "chai";
import {
  annotationProblem,
  describeProblems,
  quoted,
} from "../../../functions/pod/problem.ts";

describe("problems", () => {
  it("are told in one line", () => {
    expect(
      describeProblems([
        annotationProblem("a/b", ": is wrong"),
        annotationProblem("a/c", " is missing"),
      ]),
    ).to.equal("annotation a/b: is wrong; annotation a/c is missing");
  });

  it("are counted where there are more than anybody reads", () => {
    const many = Array.from({ length: 60 }, (_, index) =>
      annotationProblem(`key-${index}`, " is missing"),
    );
    expect(describeProblems(many)).to.match(
      /annotation key-49 is missing; and 10 more$/,
    );
  });

  const values: [unknown, string][] = [
    ["fast", '"fast"'],
    ["x".repeat(101), `"${"x".repeat(100)}…"`],
    [1, "1"],
    [Infinity, "Infinity"],
    [-Infinity, "-Infinity"],
    [["a"], '["a"]'],
    [{ a: "x".repeat(200) }, `{"a":"${"x".repeat(94)}…`],
    [undefined, "nothing"],
  ];
  for (const [value, shown] of values)
    it(`show a value as ${shown.slice(0, 20)}`, () => {
      expect(quoted(value)).to.equal(shown);
    });
});
