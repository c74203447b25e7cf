# The scripts of every component read this, from their own folder. A component is what some suites need beside the cluster. Its
# programs are in a cache of their own, under a name made from its recipe. Its processes and files are in the cluster's state directory.
#
#   build             makes what is missing, and prints its progress; exits with 3 and a line if this machine cannot have it
#   build --is-made   only tells, by its exit code, whether that is all there
#   up                adds it to the running cluster; exits with 3 and a line if this machine cannot do that; prints NAME=VALUE lines for the environment of the suites
#   down              for what is left when its processes have ended; `up` and `down` may be missing
set -euo pipefail
component=$(cd "$(dirname "$0")" && pwd)
source "$component/../../cluster/settings.sh"
source "$recipe/ownership.sh"
source "$recipe/processes.sh"
component_name=$(basename "$component")
# Of everything that is built; the others are read when they are used.
component_key=$(cd "$component" && find . ../component.sh -type f ! -name up ! -name down ! -name '*.yaml' -exec sha256sum {} + | LC_ALL=C sort -k 2 | sha256sum | cut -c1-12)
component_cache=${XDG_CACHE_HOME:-$HOME/.cache}/stateful-deployments/e2e-$component_name-$component_key
PATH=$component_cache/bin:$PATH

# is_made, made: whether the cache has everything; says so.
is_made() { [[ -f $component_cache/complete ]]; }
made() {
	touch "$component_cache/complete"
	say "made: $component_cache, $(du -sh "$component_cache" | cut -f1)"
}

# require_cluster: for `up`; rejects if no cluster runs, and works in its directory from then on.
require_cluster() {
	[[ -f $mark ]] || reject "There is no cluster to add $component_name to: start one with $recipe/up."
	cd "$CLUSTER_STATE"
}

# debian PACKAGE...: installs those that are missing.
debian() {
	dpkg-query --status "$@" >/dev/null 2>&1 && return
	say "Debian: $*"
	{ apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -qq -y --no-install-recommends "$@"; } >/dev/null 2>&1 ||
		reject "$component_name needs Debian's packages $*, and apt-get could not install them: install them yourself."
}

# compile DIRECTORY OUT WHAT...: builds packages of a Go module, such as `.` and `tool`, into the directory OUT, and prints how many
# of the packages that they consist of are compiled. The variable ldflags has more options for the linker.
compile() {
	local directory=$1 out=$2 stale total compiled=0 tenths=0 line
	shift 2
	export CGO_ENABLED=0 GOFLAGS=-trimpath GOWORK=off
	cd "$directory"
	stale=$(go list -deps -f '{{if .Stale}}{{.ImportPath}}{{end}}' "$@") ||
		could_not_build "$component_name" "$(go list -deps "$@" 2>&1 >/dev/null | tail -n 1)"
	total=$(grep -c . <<<"$stale") || total=0
	mkdir -p "$out"
	say "Go: $total packages to compile"
	go build -v -ldflags "-s -w ${ldflags:-}" -o "$out/" "$@" 2>&1 | while read -r line; do
		# -v prints the path of each package; errors have spaces.
		if [[ $line == *" "* || $line == "#"* ]]; then
			echo "$line" >&2
		elif ((++compiled * 10 / (total + 1) > tenths)); then
			tenths=$((compiled * 10 / (total + 1)))
			say "Go: ${tenths}0 %"
		fi
	done
	cd - >/dev/null
}
