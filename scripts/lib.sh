# SPDX-License-Identifier: LGPL-2.1-or-later
# shellcheck shell=bash
#
# What the scripts share. It is sourced by bash and needs nothing that a Debian root without
# Python lacks.
#
# Each step is a job in a session of its own, so that Ctrl-C reaches the script alone and the
# script decides in which order things end.

shopt -s extglob

SOURCE=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)

say() {
	printf '%s\n' "$*" >&2
}

# Living processes of a session. The leader counts before it is one: just forked.
members_of() {
	local session=$1 stat line fields

	for stat in /proc/[0-9]*/stat; do
		{ read -r line <"$stat"; } 2>/dev/null || continue
		# The command's name is in parentheses and may hold anything: state, ppid, pgrp and
		# session come behind the last one.
		read -r -a fields <<<"${line##*)}"
		[[ ${fields[0]} == [ZX] ]] && continue
		if [[ ${fields[3]} == "$session" || ${line%% *} == "$session" ]]; then
			printf '%s\n' "${line%% *}"
		fi
	done
}

# Ends all that a job started, politely first.
end_job() {
	local signal pid members i

	for signal in TERM KILL; do
		for ((i = 0; i < 50; i++)); do
			mapfile -t members < <(members_of "$1")
			((${#members[@]})) || return 0
			for pid in "${members[@]}"; do
				# SIGTERM once each; what is born while all are killed is killed too.
				if ((i == 0)) || [[ $signal == KILL ]]; then
					kill -s "$signal" "$pid" 2>/dev/null
				fi
			done
			sleep 0.1
		done
	done
}

end_jobs() {
	local pid

	for pid in $(jobs -p); do
		end_job "$pid"
	done
}

# start_job SECONDS COMMAND...: in the background; $! is the job. Both ends of the time limit are
# here: timeout(1) tells the command, and end_job what the command left behind.
start_job() {
	local seconds=$1

	shift
	setsid timeout --foreground -k 10 "$seconds" "$@" &
}

# Waits for one job; its status.
finish_job() {
	local pid=$1 status=0

	wait "$pid" || status=$?
	end_job "$pid"
	return "$status"
}

# run_step SECONDS COMMAND...: start, wait, status. Signals to the script are taken at once.
run_step() {
	start_job "$@"
	finish_job $!
}

# run_quietly LOG SECONDS COMMAND...: as run_step, and shows what the command said if it failed.
run_quietly() {
	local log=$1 status=0

	shift
	run_step "$@" >>"$log" 2>&1 || status=$?
	if ((status)); then
		cat "$log" >&2
		((status == 124)) && say "timed out after $1 s: ${*:2}"
	fi
	return "$status"
}

# list_missing KIND...: packages of these kinds (scripts/packages) that dpkg does not have.
list_missing() {
	local kind line wanted package status
	local -A seen=()

	while read -r kind line; do
		for wanted in "$@"; do
			[[ $kind == "$wanted:" ]] || continue
			for package in $line; do
				[[ ${seen[$package]-} ]] && continue
				seen[$package]=1
				# shellcheck disable=SC2016 # dpkg-query expands it
				status=$(dpkg-query -W -f '${db:Status-Status} ' "${package%\?}" 2>&1)
				[[ " $status" == *" installed "* ]] || printf '%s\n' "$package"
			done
		done
	done <"$SOURCE/scripts/packages"
}

POLICY=/usr/sbin/policy-rc.d
POLICY_MARK='# sysprofile: no service is started while its packages are installed'

# invoke-rc.d(8) asks this program whether it may start a service: 101 is no.
forbid_services() {
	if [[ -e $POLICY ]] && ! grep -qxF "$POLICY_MARK" "$POLICY"; then
		return 0
	fi
	trap 'rm -f "$POLICY"' EXIT
	printf '#!/bin/sh\n%s\nexit 101\n' "$POLICY_MARK" >"$POLICY"
	chmod 755 "$POLICY"
}

# Only in a subshell: it sets traps. apt-get ends before they run, so that dpkg is left whole.
install_packages() {
	local apt=(apt-get -q -y -o DPkg::Lock::Timeout=120) package wanted=()

	trap '' INT TERM HUP
	export DEBIAN_FRONTEND=noninteractive
	forbid_services
	"${apt[@]}" update || return 1
	for package in "$@"; do
		if [[ $package == *\? ]] && ! apt-cache show "${package%\?}" >/dev/null 2>&1; then
			continue
		fi
		wanted+=("${package%\?}")
	done
	((${#wanted[@]} == 0)) || "${apt[@]}" install --no-install-recommends "${wanted[@]}"
}

# install_missing KIND...: installs what dpkg lacks, without starting any service. Nothing is
# touched when all is there.
install_missing() {
	local missing status=0 log

	if ! command -v dpkg-query >/dev/null; then
		say "not a Debian system: what the scripts need is named in scripts/packages"
		return 0
	fi
	mapfile -t missing < <(list_missing "$@")
	((${#missing[@]} == 0)) && return 0
	if [[ ${missing[*]%%*\?} == *( ) ]]; then
		# Only what not every release has: this one does not, or apt would know it.
		apt-cache show "${missing[@]%\?}" >/dev/null 2>&1 || return 0
	fi
	if ((EUID != 0)); then
		say "packages are missing; as root: apt-get install --no-install-recommends" \
			"${missing[*]%\?}"
		return 1
	fi
	say "installing ${missing[*]%\?}"
	log=$(mktemp) || return 1
	(install_packages "${missing[@]}") >"$log" 2>&1 </dev/null || status=$?
	((status == 0)) || cat "$log" >&2
	rm -f "$log"
	return "$status"
}
