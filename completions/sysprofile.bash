# shellcheck shell=bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# bash completion for sysprofile(1)

# What this word completes to when it is the value of an option; 1 when it is none.
_sysprofile_value() {
	local option=$1 word=$2

	case $option in
	-s | --style) mapfile -t COMPREPLY < <(compgen -W 'groups exact deny' -- "$word") ;;
	-f | --format) mapfile -t COMPREPLY < <(compgen -W 'drop-in names oci' -- "$word") ;;
	--action)
		mapfile -t COMPREPLY < <(compgen -W 'EPERM EACCES ENOSYS EINVAL kill log' -- "$word")
		;;
	--color) mapfile -t COMPREPLY < <(compgen -W 'auto always never' -- "$word") ;;
	--systemd)
		mapfile -t COMPREPLY < <(
			compgen -W '239 247 249 250 252 253 254 255 256 257 rhel8 rhel9' -- "$word"
		)
		;;
	--run-as) mapfile -t COMPREPLY < <(compgen -u -- "$word") ;;
	-o | --output)
		compopt -o filenames 2>/dev/null
		mapfile -t COMPREPLY < <(compgen -f -- "$word")
		;;
	-d | --duration | --stop-timeout)
		mapfile -t COMPREPLY < <(compgen -W '30s 90s 5min 1h' -- "$word")
		;;
	*) return 1 ;;
	esac
}

_sysprofile_groups() {
	mapfile -t COMPREPLY < <(
		compgen -W "$(sysprofile groups 2>/dev/null | grep '^@')" -- "$1"
	)
}

# Leaves in $sysprofile_command the index of the command's first word, or of the word "groups"; 0
# while there is none before the cursor. Readline makes a word of the "=" in --style=exact.
_sysprofile_find_command() {
	local i

	sysprofile_command=0
	for ((i = 1; i < COMP_CWORD; i++)); do
		case ${COMP_WORDS[i]} in
		--)
			sysprofile_command=$((i + 1))
			return
			;;
		--run-as | --duration | --stop-timeout | --output | --format | --style | --action | \
			--systemd | --color)
			[[ ${COMP_WORDS[i + 1]-} == = ]] && ((i++))
			((i++))
			;;
		-d | -o | -f | -s) ((i++)) ;;
		-*) ;;
		*)
			sysprofile_command=$i
			return
			;;
		esac
	done
}

_sysprofile() {
	local word=${COMP_WORDS[COMP_CWORD]} before=${COMP_WORDS[COMP_CWORD - 1]}
	local sysprofile_command

	COMPREPLY=()
	_sysprofile_find_command
	if ((sysprofile_command)) && [[ ${COMP_WORDS[sysprofile_command - 1]} == -- ||
		${COMP_WORDS[sysprofile_command]} != groups ]]; then
		# The command completes as it would alone.
		if declare -F _command_offset >/dev/null; then
			_command_offset "$sysprofile_command"
		elif ((sysprofile_command == COMP_CWORD)); then
			mapfile -t COMPREPLY < <(compgen -c -- "$word")
		else
			compopt -o filenames 2>/dev/null
			mapfile -t COMPREPLY < <(compgen -f -- "$word")
		fi
		return
	fi
	if [[ $word == = ]]; then
		word=
	elif [[ $before == = ]]; then
		before=${COMP_WORDS[COMP_CWORD - 2]}
	fi
	_sysprofile_value "$before" "$word" && return
	if [[ $word == -* ]]; then
		mapfile -t COMPREPLY < <(compgen -W '--run-as= -d --duration= --stop-timeout=
			-o --output= -f --format= -s --style= --action= --systemd= --assume=
			--no-seccomp -q --quiet
			-v --verbose --no-progress --color= -h --help --version' -- "$word")
		[[ ${COMPREPLY[0]-} == *= ]] && compopt -o nospace 2>/dev/null
		return
	fi
	if ((sysprofile_command)); then
		_sysprofile_groups "$word"
		return
	fi
	mapfile -t COMPREPLY < <(compgen -W groups -- "$word"; compgen -c -- "$word")
}

complete -F _sysprofile sysprofile
