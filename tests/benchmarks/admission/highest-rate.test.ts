import { expect } from "chai";
import { highestRate } from "./highest-rate.ts";

/** Rates that were tried, and the highest that held. */
async function tried(
  holds: (rate: number) => boolean,
): Promise<{ rates: number[]; highest: number }> {
  const rates: number[] = [];
  const highest = await highestRate(1_000, (rate) => {
    rates.push(Math.round(rate));
    return Promise.resolve(holds(rate));
  });
  return { rates, highest: Math.round(highest) };
}

describe("the highest rate of requests", () => {
  it("is looked for in steps, until two in a row are too slow", async () => {
    expect(await tried((rate) => rate < 550)).to.deep.equal({
      rates: [300, 400, 500, 600, 700],
      highest: 500,
    });
  });

  it("is not that before single slow steps", async () => {
    const slow = new Set([400, 600]);
    const { highest } = await tried(
      (rate) => rate < 750 && !slow.has(Math.round(rate)),
    );
    expect(highest).to.equal(700);
  });

  it("is below the first step when none holds", async () => {
    const { highest } = await tried(() => false);
    expect(highest).to.equal(200);
  });
});
