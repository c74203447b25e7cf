import type { Pools } from "../../functions/pool/pools.ts";

const asked = (): Promise<never> =>
  Promise.reject(new TypeError("no claim of this test is reused"));

/** For a handler whose Pods reuse nothing: fails when it is asked. */
export const noPools: Pools = {
  obtain: asked,
  occupy: asked,
  release: asked,
  surplus: asked,
};
