import { fieldMessage } from "../../../functions/field/field-error.ts";
import type { FieldError } from "../../../functions/field/field-error.ts";

/** Errors as people read them, each with its place. */
export function told(
  errors: readonly FieldError[],
): (Pick<FieldError, "path" | "inside"> & { readonly message: string })[] {
  return errors.map((error) => ({
    message: fieldMessage(error),
    path: error.path,
    ...(error.inside && { inside: error.inside }),
  }));
}
