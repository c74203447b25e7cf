// Written by `node validators.ts` from the schema beside it; not to be edited.
import type { ErrorObject } from "ajv";

/** Checks `data` against the schema; what is wrong with it is then in `validate.errors`. */
export const validate: {
  (data: unknown): boolean;
  errors?: ErrorObject[] | null;
};
