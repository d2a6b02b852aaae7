# shellcheck shell=bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# bash completion for sysprofile(1)

# Leaves in COMPREPLY what the value of an option may be; 1 when it is an option without one.
_sysprofile_value() {
	local option=$1 value=$2 list=

	case $option in
	-s | --style) mapfile -t COMPREPLY < <(compgen -W 'groups exact deny' -- "$value") ;;
	--headroom) mapfile -t COMPREPLY < <(compgen -W 'none family startup' -- "$value") ;;
	-f | --format)
		case $verb in
		explain) list='text json list' ;;
		diff | verify | show) list='text json' ;;
		*) list='drop-in names oci json' ;;
		esac
		mapfile -t COMPREPLY < <(compgen -W "$list" -- "$value")
		;;
	--abi) mapfile -t COMPREPLY < <(compgen -W 'native x86-64 x86 x32 arm64 arm' -- "$value") ;;
	--root)
		compopt -o filenames 2>/dev/null
		mapfile -t COMPREPLY < <(compgen -d -- "$value")
		;;
	--action)
		mapfile -t COMPREPLY < <(compgen -W 'EPERM EACCES ENOSYS EINVAL kill log' -- "$value")
		;;
	--assume)
		# The last of a list.
		[[ $value == *,* ]] && list=${value%,*},
		_sysprofile_groups "${value##*,}"
		COMPREPLY=("${COMPREPLY[@]/#/$list}")
		;;
	--color) mapfile -t COMPREPLY < <(compgen -W 'auto always never' -- "$value") ;;
	--systemd)
		mapfile -t COMPREPLY < <(
			compgen -W "$(echo {231..261}) rhel8 rhel9 rhel9.1 rhel10 debian12 debian13
				sles15sp3 sles15sp4 sles15sp6" -- "$value"
		)
		;;
	--drop-in) _sysprofile_services "$value" ;;
	--run-as) mapfile -t COMPREPLY < <(compgen -u -- "$value") ;;
	-o | --output | --needs | -P | --profile | -i | --input | --exe)
		compopt -o filenames 2>/dev/null
		mapfile -t COMPREPLY < <(compgen -f -- "$value")
		;;
	--price) mapfile -t COMPREPLY < <(compgen -W '5 20 50 100 200' -- "$value") ;;
	-d | --duration | --stop-timeout | --warm-up)
		mapfile -t COMPREPLY < <(compgen -W '30s 90s 5min 1h' -- "$value")
		;;
	*) return 1 ;;
	esac
}

_sysprofile_groups() {
	mapfile -t COMPREPLY < <(
		compgen -W "$(sysprofile groups 2>/dev/null | grep '^@')" -- "$1"
	)
}

# Units that run programs, and files.
_sysprofile_sources() {
	local units

	units=$(cd / && printf '%s\n' {etc,run,usr/lib}/systemd/system/*.{service,socket,mount,swap})
	compopt -o filenames 2>/dev/null
	mapfile -t COMPREPLY < <(
		compgen -W "${units//*\//}" -- "$1" | grep -v '^[*]' | sort -u
		compgen -f -- "$1"
	)
}

_sysprofile_services() {
	local units

	units=$(cd / && printf '%s\n' {etc,run,usr/lib}/systemd/system/*.service)
	mapfile -t COMPREPLY < <(
		compgen -W "${units//*\//}" -- "$1" | grep -v '^[*]' | sort -u
	)
}

# Readline cuts words at "=" and "@" too, and makes words of those: of --assume=@mo it makes
# "--assume", "=@" and "mo". Leaves in $words those up to the cursor as they were typed, and in
# $places where each begins in COMP_WORDS.
_sysprofile_join_words() {
	local i word rest=${COMP_LINE-}

	words=() places=()
	for ((i = 0; i <= COMP_CWORD; i++)); do
		word=${COMP_WORDS[i]}
		if ((i > 0)) && [[ $rest == [![:blank:]]* && $rest == "$word"* ]]; then
			words[-1]+=$word
		else
			words+=("$word")
			places+=("$i")
		fi
		rest=${rest#"${rest%%[![:blank:]]*}"}
		rest=${rest#"$word"}
	done
}

# Leaves in $first the index in $words of the command's first word, or of a verb; 0 while there is
# none before the cursor. The command of "verify" stands behind "--".
_sysprofile_find_command() {
	local i

	first=0
	for ((i = 1; i < ${#words[@]} - 1; i++)); do
		case ${words[i]} in
		-i | --input | --input=*)
			# All words are files, but of verify.
			[[ ${words[first]} == verify && $first -gt 0 ]] || verb=import
			;;
		--)
			first=$((i + 1))
			return
			;;
		--run-as | --duration | --quiet-for | --stop-timeout | --output | --format | --style | --price | \
			--action | --systemd | --assume | --headroom | --profile | --warm-up | --color | \
			--needs | --root | --abi | --comm | --pid | --exe | -d | -o | -f | -s | -P | -p)
			((i++))
			;;
		-*) ;;
		*)
			((first)) || first=$i
			[[ ${words[first]} == verify ]] || return
			;;
		esac
	done
}

# The command completes as it would alone.
_sysprofile_command() {
	if declare -F _command_offset >/dev/null; then
		_command_offset "${places[first]}"
	elif ((first == ${#words[@]} - 1)); then
		mapfile -t COMPREPLY < <(compgen -c -- "${COMP_WORDS[COMP_CWORD]}")
	else
		compopt -o filenames 2>/dev/null
		mapfile -t COMPREPLY < <(compgen -f -- "${COMP_WORDS[COMP_CWORD]}")
	fi
}

# Those of a verb, or all of them, since a verb may still come.
_sysprofile_options() {
	[[ $verb =~ ^(merge|why)$ ]] || echo --systemd=
	echo -q --quiet -v --verbose --color= -h --help --version
	[[ $verb == groups ]] && return
	case $verb in
	merge) echo -o --output= ;;
	show) echo -f --format= ;;
	esac
	[[ $verb =~ ^(merge|why|show)$ ]] && return
	if [[ $verb == import ]]; then
		echo -i --input= --comm= --exe= -p --pid= -o --output= -f --format= -s --style= --action= --assume= --price= --explicit-deny --headroom= -P --profile= --drop-in --runtime --user --dry-run --force --root=
		return
	fi
	echo -f --format= --root=
	[[ $verb == verify ]] || echo --abi=
	[[ $verb != verify ]] || echo -i --input=
	[[ $verb && $verb != explain ]] || echo --needs=
	[[ $verb == explain || $verb == diff ]] && return
	echo --run-as= -d --duration= --stop-timeout= -o --output= --no-seccomp --no-progress --enforce
	[[ $verb ]] || echo -s --style= --price= --explicit-deny --action= --assume= --headroom= -P --profile= --warm-up= -i --input= --comm= --exe= -p --pid= --quiet-for= --force --drop-in --runtime --user --dry-run
}

# What the whole word may become.
_sysprofile_word() {
	local word=$1 before=$2

	if [[ $word == --*=* ]]; then
		_sysprofile_value "${word%%=*}" "${word#*=}"
		COMPREPLY=("${COMPREPLY[@]/#/"${word%%=*}="}")
	elif [[ $before != --drop-in ]] && _sysprofile_value "$before" "$word"; then
		return
	elif [[ $word == -* ]]; then
		mapfile -t COMPREPLY < <(compgen -W "$(_sysprofile_options)" -- "$word")
		[[ ${COMPREPLY[0]-} == *= ]] && compopt -o nospace 2>/dev/null
	elif [[ $verb == groups ]]; then
		_sysprofile_groups "$word"
	elif [[ $verb =~ ^(import|merge|why|show)$ ]]; then
		compopt -o filenames 2>/dev/null
		mapfile -t COMPREPLY < <(compgen -f -- "$word")
	elif [[ $verb ]]; then
		_sysprofile_sources "$word"
	else
		mapfile -t COMPREPLY < <(
			compgen -W 'groups explain diff verify merge why show' -- "$word"
			compgen -c -- "$word"
		)
	fi
}

# $2 is what Readline is going to replace, which may be less than the word: of --style=ex, "ex".
_sysprofile() {
	local words places first word verb='' last=${2-${COMP_WORDS[COMP_CWORD]}}

	COMPREPLY=()
	_sysprofile_join_words
	_sysprofile_find_command
	word=${words[-1]}
	if ((first)) && [[ $verb != import && ${words[first - 1]} != -- &&
		${words[first]} =~ ^(groups|explain|diff|verify|merge|why|show)$ ]]; then
		verb=${words[first]}
	elif ((first)) && [[ $verb != import ]]; then
		_sysprofile_command
		return
	fi
	_sysprofile_word "$word" "${words[-2]}"
	word=${word%"$last"}
	COMPREPLY=("${COMPREPLY[@]#"$word"}")
}

complete -F _sysprofile sysprofile
