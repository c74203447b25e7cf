# Processes of this machine that end with the cluster; for scripts that have read settings.sh and ownership.sh and work in the state
# directory. A file pids/NAME has the id of the process and when it started, because ids are used again.

# start PROGRAM ARGUMENT...: with its log and its id. It is no process of the owner: those end in no order.
start() { start_as "$1" "$@"; }

# start_as NAME PROGRAM ARGUMENT...: the same under another name, for a program that runs twice.
start_as() {
	(
		name=$1 id=$BASHPID
		shift
		echo "$id $(started "$id")" >"pids/$name"
		exec env -u CLUSTER_OWNER setsid "$@"
	) >"logs/$1.log" 2>&1 </dev/null &
}

# stop NAME...: those that still run. Their state is not needed, so two seconds are enough.
stop() {
	local name mark ids=()
	for name in "$@"; do
		mark=$(cat "pids/$name" 2>/dev/null) || continue
		if in_use "$mark"; then ids+=("${mark%% *}"); fi
	done
	((${#ids[@]})) || return 0
	kill "${ids[@]}" 2>/dev/null || true
	for _ in {1..20}; do
		kill -0 "${ids[@]}" 2>/dev/null || return 0
		sleep 0.1
	done
	kill -KILL "${ids[@]}" 2>/dev/null || true
}
