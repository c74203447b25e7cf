# Whose the state directory is; for scripts that have read settings.sh. `up` leaves a mark in it, and what has no mark is nobody's
# cluster: it is neither used nor removed. The mark is "ID TICKS [kept]": the process that the cluster ends with, and when
# that started, since ids are given again. For a kept cluster that is its own API server.
mark=$CLUSTER_STATE/.stateful-deployments-e2e

# started ID: when that process started, in ticks since the machine did (proc(5), field 22); nothing where it has ended.
started() {
	local stat
	stat=$(cat "/proc/$1/stat" 2>/dev/null) || return 0
	set -- ${stat##*) } # its name may hold anything, and is in parentheses before the third field
	[[ $1 == Z ]] || echo "${20}"
}

# in_use MARK: whether the process of that mark still runs.
in_use() {
	local id ticks
	read -r id ticks _ <<<"$1"
	[[ $ticks && $(started "$id") == "$ticks" ]]
}

# refuse LINE: ends the script as on a machine that cannot run a cluster.
refuse() {
	echo "$1" >&2
	exit 3
}

# require_ours: refuses a directory that holds somebody's files.
require_ours() {
	[[ -e $CLUSTER_STATE && ! -f $mark ]] || return 0
	[[ ! -d $CLUSTER_STATE || $(ls -A "$CLUSTER_STATE") ]] || return 0
	refuse "CLUSTER_STATE: $CLUSTER_STATE is not empty and not a cluster's, and a cluster's end would remove it: name a directory that is empty or not there yet."
}

# require_free [--but-kept]: refuses a cluster that somebody uses, unless it is this run's own, and says how that one ends.
require_free() {
	local text
	[[ -f $mark ]] && text=$(<"$mark") && [[ $text != "${CLUSTER_OWNER:-}" ]] && in_use "$text" || return 0
	if [[ $text != *" kept" ]]; then
		refuse "A cluster is up already in $CLUSTER_STATE, and process ${text%% *} uses it: wait for that one, or end it (kill ${text%% *}); the cluster ends with it."
	elif [[ ${1:-} != --but-kept ]]; then
		refuse "A cluster is up already in $CLUSTER_STATE, and was to be kept: end it with $recipe/down, or use it with KUBECONFIG=$KUBECONFIG"
	fi
}

# keep: from now on the cluster is up until somebody runs `down`.
keep() {
	local id
	id=$(<"$CLUSTER_STATE/pids/kube-apiserver")
	echo "$id $(started "$id") kept" >"$mark"
}

# lock, unlock: only one script at a time decides whose the directory is. Its parent is what is locked: that is there for all.
lock() {
	[[ -z ${CLUSTER_LOCKED:-} ]] || return 0
	exec 9<"$(dirname "$CLUSTER_STATE")"
	flock --wait 60 9 || refuse "The cluster in $CLUSTER_STATE is being ended, for a minute now: try again when that is done."
	export CLUSTER_LOCKED=yes
}
unlock() {
	exec 9<&-
	unset CLUSTER_LOCKED
}
