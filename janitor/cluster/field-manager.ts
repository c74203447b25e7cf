/** As whom the API server notes the janitor's writes to claims: the mark "unused since" counts only when it is noted so. */
export const FIELD_MANAGER = "stateful-deployments-janitor";
