import { expect } from "chai";
import { answeredIn } from "./requests.ts";

describe("answeredIn", () => {
  it("adds up the requests for claims, Pods, namespaces and Events", () => {
    expect(
      answeredIn(`# TYPE apiserver_request_total counter
apiserver_request_total{code="200",resource="persistentvolumeclaims",verb="DELETE"} 500
apiserver_request_total{code="200",resource="pods",verb="LIST"} 12
apiserver_request_total{code="200",resource="leases",verb="GET"} 7
apiserver_request_total{code="201",resource="events",verb="POST"} 1.5e+03
apiserver_request_duration_seconds_count{resource="pods",verb="LIST"} 12
`),
    ).to.equal(2_012);
  });
});
