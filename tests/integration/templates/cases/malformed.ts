export { MALFORMED } from "../../../functions/template/malformed.ts";
