/** What the programs exit with. */

export const EXIT_DONE = 0;
/** Some of the work failed or was rejected. */
export const EXIT_FAILED = 1;
/** Nothing was done, and another run fails in the same way: a setting is wrong, or there is no cluster. */
export const EXIT_UNUSABLE = 2;
