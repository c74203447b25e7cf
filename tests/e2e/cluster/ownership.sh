# The owner of the state directory; for scripts that have read settings.sh. `up` writes a mark into it. The scripts neither use nor
# remove a directory without a mark. The mark is "ID TICKS [kept]": the process with which the cluster ends, and when it started,
# because ids are used again. For a kept cluster this is its own API server.
mark=$CLUSTER_STATE/.stateful-deployments-e2e

# started ID: when that process started, in ticks since the start of the machine (proc(5), field 22); nothing if it has ended.
started() {
	local stat
	stat=$(cat "/proc/$1/stat" 2>/dev/null) || return 0
	set -- ${stat##*) } # its name, in parentheses before the third field, may contain anything
	[[ $1 == Z ]] || echo "${20}"
}

# in_use MARK: succeeds if the process of that mark still runs.
in_use() {
	local id ticks
	read -r id ticks _ <<<"$1"
	[[ $ticks && $(started "$id") == "$ticks" ]]
}

# reject LINE: prints the line and ends the script with 3: not run.
reject() {
	echo "$1" >&2
	exit 3
}

# could_not_build WHAT TEXT: ends the script after Go has failed with that text. If Go could not get a module, whose address it then
# prints, the machine cannot have it: 3. Everything else is a fault of the recipe.
could_not_build() {
	[[ $2 != *http*://* ]] || reject "$1 could not be built. Go says: $2. Run this again when a Go module proxy can be reached."
	say "$1 could not be built. Go says: $2"
	exit 1
}

# require_ports: rejects a machine on which another program listens where the cluster would.
require_ports() {
	local port taken=()
	for port in "${loopback_ports[@]}"; do
		if (: <"/dev/tcp/127.0.0.1/$port") 2>/dev/null; then taken+=("$port"); fi
	done
	for port in "${node_ports[@]}"; do
		[[ -z $(ss --no-header --listening --tcp --numeric "( src 0.0.0.0:$port or src [::]:$port )") ]] || taken+=("$port")
	done
	((${#taken[@]} == 0)) || reject "The cluster needs these ports, and another program listens there: ${taken[*]}. End that one; ss --listening --tcp --processes names it."
}

# require_room MEGABYTES DIRECTORY: rejects a disk with less.
require_room() {
	local parent=$2 free
	until [[ -e $parent ]]; do parent=$(dirname "$parent"); done
	free=$(df --output=avail --block-size=1M "$parent" | tail -n 1)
	((free >= $1)) || reject "${component_name:-The cluster} needs $1 MB in $2, and $((free)) are free: make room there."
}

# require_ours: rejects a directory with other files.
require_ours() {
	[[ -e $CLUSTER_STATE && ! -f $mark ]] || return 0
	[[ ! -d $CLUSTER_STATE || $(ls -A "$CLUSTER_STATE") ]] || return 0
	reject "CLUSTER_STATE: $CLUSTER_STATE is not empty and has no cluster in it, and the end of a cluster would remove it: name an empty directory, or one that does not exist."
}

# require_free [--but-kept]: rejects a cluster that another run uses, and prints how it ends.
require_free() {
	local text
	[[ -f $mark ]] && text=$(<"$mark") && [[ $text != "${CLUSTER_OWNER:-}" ]] && in_use "$text" || return 0
	if [[ $text != *" kept" ]]; then
		reject "A cluster is up already in $CLUSTER_STATE, and process ${text%% *} uses it: wait for that one, or end it (kill ${text%% *}); the cluster ends with it."
	elif [[ ${1:-} != --but-kept ]]; then
		reject "A cluster is up already in $CLUSTER_STATE, and was kept: end it with $recipe/down, or use it with KUBECONFIG=$KUBECONFIG"
	fi
}

# keep: from now on only `down` ends the cluster.
keep() {
	echo "$(<"$CLUSTER_STATE/pids/kube-apiserver") kept" >"$mark"
}

# lock, unlock: only one script at a time changes the owner of the directory. They lock its parent, which always exists.
lock() {
	[[ -z ${CLUSTER_LOCKED:-} ]] || return 0
	exec 9<"$(dirname "$CLUSTER_STATE")"
	flock --wait 60 9 || reject "The cluster in $CLUSTER_STATE has been ending for a minute: try again later."
	export CLUSTER_LOCKED=yes
}
unlock() {
	exec 9<&-
	unset CLUSTER_LOCKED
}
