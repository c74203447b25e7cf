/** Stands before what the program says of itself. */
export const NAME = "stateful-deployments-render";

export const EXIT_DONE = 0;
export const EXIT_REFUSED = 1;
export const EXIT_UNUSABLE = 2;
