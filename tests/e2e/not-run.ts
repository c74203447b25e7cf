/** Exit code of runs and of the cluster's and the components' scripts: nothing or not everything was run, and the last line says what to do. */
export const EXIT_NOT_RUN = 3;
