import type { DataSources } from "../../functions/claim/data-sources.ts";

/** For a handler whose Pods start from nothing: fails when it is asked. */
export const noSources: DataSources = {
  resolve: (_claim, { text }) =>
    Promise.reject(new TypeError(`nobody should look for ${text}`)),
};
