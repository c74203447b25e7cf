import { expect } from "chai";
import { UNUSED_SINCE_ANNOTATION } from "../../../functions/contract/keys.ts";
import { unusedSince } from "../../../janitor/verdict/idle.ts";
import { aClaim, HOUR, MINUTE, NOW } from "../objects.ts";

const at = (time: number): string => new Date(time).toISOString();

describe("unusedSince", () => {
  const cases: {
    name: string;
    mark?: string;
    over?: Parameters<typeof aClaim>[0];
    since: number | undefined;
  }[] = [
    { name: "nothing without a mark", since: undefined },
    { name: "the mark", mark: at(NOW - MINUTE), since: NOW - MINUTE },
    { name: "a mark of this moment", mark: at(NOW), since: NOW },
    { name: "nothing for a future", mark: at(NOW + 1), since: undefined },
    { name: "nothing for what is no time", mark: "then", since: undefined },
    { name: "nothing for an empty mark", mark: "", since: undefined },
    {
      name: "nothing for a mark that the janitor did not write",
      mark: at(NOW - MINUTE),
      over: { markWrittenAt: undefined },
      since: undefined,
    },
    {
      name: "the time of writing for a mark that says earlier",
      mark: at(NOW - 30 * MINUTE),
      over: { markWrittenAt: NOW - MINUTE },
      since: NOW - MINUTE,
    },
    {
      name: "nothing for a mark older than the claim, which came with a backup",
      mark: at(NOW - 2 * HOUR),
      over: { createdAt: NOW - HOUR },
      since: undefined,
    },
  ];
  for (const { name, mark, over, since } of cases)
    it(`J12 is ${name}`, () => {
      const claim = aClaim({
        ...over,
        ...(mark !== undefined && {
          annotations: { [UNUSED_SINCE_ANNOTATION]: mark },
        }),
      });
      expect(unusedSince(claim, NOW)).to.equal(since);
    });
});
