/** One value by its place in an object, such as `metadata.labels.app`. */
type Leaves = ReadonlyMap<string, string>;

/** A place where two objects have different values; a value that is not there is empty. */
export interface Difference {
  readonly path: string;
  readonly left: string;
  readonly right: string;
}

/** Every place where two objects differ, in alphabetical order. */
export function differences(left: unknown, right: unknown): Difference[] {
  const [ofLeft, ofRight] = [leavesOf(left), leavesOf(right)];
  return [...new Set([...ofLeft.keys(), ...ofRight.keys()])]
    .toSorted()
    .map((path) => ({
      path,
      left: ofLeft.get(path) ?? "",
      right: ofRight.get(path) ?? "",
    }))
    .filter((one) => one.left !== one.right);
}

function leavesOf(value: unknown, path = ""): Leaves {
  if (value === undefined) return new Map();
  if (typeof value !== "object" || value === null || value instanceof Date)
    return new Map([[path, JSON.stringify(value)]]);
  return new Map(
    Object.entries(value).flatMap(([key, child]) => [
      ...leavesOf(child, path === "" ? key : `${path}.${key}`),
    ]),
  );
}
