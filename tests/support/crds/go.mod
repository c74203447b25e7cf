// The CustomResourceDefinitions that the manifests are tried against, pinned: data files of these modules. There is no Go
// code here, so no `go mod tidy`: it would drop what nothing imports. After a change here, `node ../crd-files.ts` tells the
// sums that belong into go.sum.
module stateful-deployments/manifests-crds

go 1.26.0

require (
	github.com/cert-manager/cert-manager v1.21.2
	github.com/kubernetes-csi/external-snapshotter/client/v8 v8.7.0
	github.com/prometheus-operator/prometheus-operator v0.85.0
	knative.dev/networking v0.0.0-20260120131110-a7cdca238a0d
	knative.dev/serving v0.48.1
)
