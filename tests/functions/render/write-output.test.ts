import { PassThrough } from "node:stream";
import { expect } from "chai";
import { writeOutput } from "../../../functions/render/write-output.ts";

/** An output that takes at most four bytes at once, and after twelve fails with `code`. */
function outputFailing(code?: string): {
  readonly stream: () => PassThrough;
  readonly write: (bytes: Uint8Array) => number;
  readonly taken: () => string;
} {
  const stream = new PassThrough();
  let taken = "";
  return {
    stream: () => stream,
    write: (bytes) => {
      if (code && taken.length >= 12)
        throw Object.assign(new Error(code), { code });
      taken += Buffer.from(bytes.subarray(0, 4)).toString();
      return Math.min(4, bytes.length);
    },
    taken: () => taken,
  };
}

describe("writeOutput", () => {
  const text = "a text of twenty-nine letters";

  it("writes all of a text that is taken piece by piece", () => {
    const output = outputFailing();
    writeOutput(text, output);
    expect(output.taken()).to.equal(text);
  });

  it("leaves the rest to a stream when no more is taken at once", () => {
    const output = outputFailing("EAGAIN");
    writeOutput(text, output);
    expect(output.taken() + String(output.stream().read())).to.equal(text);
  });

  it("is content when the reader has gone, whenever that is", () => {
    writeOutput(text, outputFailing("EPIPE"));
    const later = outputFailing("EAGAIN");
    writeOutput(text, later);
    later.stream().emit("error", new Error("EPIPE"));
  });

  it("fails when it cannot write", () => {
    expect(() => writeOutput(text, outputFailing("ENOSPC"))).to.throw("ENOSPC");
  });
});
