// Skaffold's own schema of skaffold.yaml, pinned: a data file of this module. There is no Go code here, so no `go mod tidy`: it
// would drop what nothing imports. After a change here, `node ../schema-file.ts` tells the sum that belongs into go.sum.
module stateful-deployments/skaffold-schema

go 1.26.0

require (
	github.com/GoogleContainerTools/skaffold/v2 v2.16.1
)
