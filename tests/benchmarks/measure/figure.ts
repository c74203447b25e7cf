import type { Comparison } from "./comparison.ts";

/** A comparison whose values come in round by round. */
export class Figure {
  readonly #about: Omit<Comparison, "series">;
  readonly #values: ReadonlyMap<string, number[]>;

  /** `series` names the product first. */
  constructor(about: Omit<Comparison, "series">, series: readonly string[]) {
    this.#about = about;
    this.#values = new Map(series.map((name) => [name, []]));
  }

  /** Takes the value of a round. Throws when there is no such series. */
  add(series: string, value: number): void {
    const values = this.#values.get(series);
    if (!values) throw new Error(`${this.#about.id} has no series ${series}`);
    values.push(value);
  }

  comparison(): Comparison {
    return {
      ...this.#about,
      series: [...this.#values].map(([name, values]) => ({ name, values })),
    };
  }
}
