# SPDX-License-Identifier: LGPL-2.1-or-later
# fish completion for sysprofile(1)

# Prints the words from the command, or the verb, on; the last one may be under the cursor.
function __sysprofile_command_words
    set -l words (commandline -opc)
    set -e words[1]
    while set -q words[1]
        switch $words[1]
            case --
                set -e words[1]
                break
            case --run-as --duration --quiet-for --stop-timeout --output --format --style --price \
                    --action --systemd --assume --headroom --profile --warm-up --color --needs --root --abi --input --comm --exe --pid -d -o -f -s -P -i -p
                set -e words[1]
                set -q words[1]; and set -e words[1]
            case '-*'
                set -e words[1]
            case '*'
                break
        end
    end
    set -q words[1]; and printf '%s\n' $words
end

function __sysprofile_wants_option
    not contains -- -- (commandline -opc); and test -z "$(__sysprofile_command_words)"
end

function __sysprofile_wants_group
    set -l words (__sysprofile_command_words)
    test "$words[1]" = groups; and not contains -- -- (commandline -opc)
end

# A verb that looks at filters, before its command if it has one, and with a word that verb alone.
function __sysprofile_wants_source
    set -l words (__sysprofile_command_words)
    contains -- "$words[1]" explain diff verify; and not contains -- -- (commandline -opc)
    and begin
        not set -q argv[1]; or test "$words[1]" = $argv[1]
    end
end

# A verb that looks at profiles; with a word that verb alone.
function __sysprofile_wants_profile
    set -l words (__sysprofile_command_words)
    contains -- "$words[1]" merge why show; and not contains -- -- (commandline -opc)
    and begin
        not set -q argv[1]; or test "$words[1]" = $argv[1]
    end
end

# Units that run programs.
function __sysprofile_units
    for directory in /etc /run /usr/lib
        for suffix in service socket mount swap
            path basename $directory/systemd/system/*.$suffix
        end
    end
end

# The command completes as it would alone.
function __sysprofile_complete_command
    set -l words (string escape -- (__sysprofile_command_words)) (commandline -ct)
    # That of "verify" stands behind "--".
    if test "$words[1]" = verify; and set -l dashes (contains -i -- -- $words)
        set words $words[(math $dashes + 1)..]
    end
    string match -q -- '-*' $words[1]; or complete --do-complete=(string join -- ' ' $words)
end

complete -c sysprofile -f
complete -c sysprofile -n '__sysprofile_wants_option; or __sysprofile_wants_source verify' -l run-as -x -a '(__fish_complete_users)' -d 'Run the command as this user'
complete -c sysprofile -n '__sysprofile_wants_option; or __sysprofile_wants_source verify' -s d -l duration -x -a '30s 90s 5min 1h' -d 'End the run after this time'
complete -c sysprofile -n '__sysprofile_wants_option; or __sysprofile_wants_source verify' -l stop-timeout -x -a '30s 90s 5min' -d 'Kill what has not stopped this long after'
complete -c sysprofile -n '__sysprofile_wants_option; or __sysprofile_wants_source verify' -s o -l output -r -F -d 'Write the result there'
complete -c sysprofile -n __sysprofile_wants_option -s f -l format -x -a 'drop-in names oci json' -d 'What to write'
complete -c sysprofile -n __sysprofile_wants_option -s s -l style -x -a 'groups exact deny' -d 'How to word the filter'
complete -c sysprofile -n __sysprofile_wants_option -l price -x -a '5 20 50 100 200' -d 'What a word costs beside risk'
complete -c sysprofile -n __sysprofile_wants_option -l explicit-deny -d 'Refuse untouched high-risk groups by name'
complete -c sysprofile -n __sysprofile_wants_option -l action -x -a 'EPERM EACCES ENOSYS EINVAL kill log' -d 'What a refused call gets'
complete -c sysprofile -n '__sysprofile_wants_source explain' -s f -l format -x -a 'text json list' -d 'How to show it'
complete -c sysprofile -n '__sysprofile_wants_source diff; or __sysprofile_wants_source verify' -s f -l format -x -a 'text json' -d 'How to show it'
complete -c sysprofile -n '__sysprofile_wants_option; or __sysprofile_wants_source' -l root -x -a '(__fish_complete_directories)' -d 'Look for units below this directory'
complete -c sysprofile -n '__sysprofile_wants_option; or __sysprofile_wants_source explain; or __sysprofile_wants_source diff' -l abi -x -a 'native x86-64 x86 x32 arm64 arm' -d 'The calls of this ABI'
complete -c sysprofile -n '__sysprofile_wants_option; or __sysprofile_wants_group; or __sysprofile_wants_source' -l systemd -x -a '(seq 231 261) rhel8 rhel9 rhel9.1 rhel10 debian12 debian13 sles15sp3 sles15sp4 sles15sp6' -d 'The release to write for'
complete -c sysprofile -n __sysprofile_wants_option -l assume -x -a '(sysprofile groups 2>/dev/null | string match "@*")' -d 'Let these pass unwatched'
complete -c sysprofile -n __sysprofile_wants_option -l headroom -x -a 'none family startup' -d 'Allow what upgrades may call instead'
complete -c sysprofile -n __sysprofile_wants_option -s P -l profile -r -F -d 'Add to this profile'
complete -c sysprofile -n __sysprofile_wants_option -l warm-up -x -a '30s 90s 5min' -d 'Learn for this long, then run again'
complete -c sysprofile -n '__sysprofile_wants_option; or __sysprofile_wants_source verify' -l no-seccomp -d 'Stop each call twice'
complete -c sysprofile -n '__sysprofile_wants_option; or __sysprofile_wants_source explain' -l needs -r -F -d 'With explain: what is needed: names, a profile or a log'
complete -c sysprofile -n '__sysprofile_wants_option; or __sysprofile_wants_source verify' -l enforce -d 'With verify: really load the filter'
complete -c sysprofile -n '__sysprofile_wants_option; or __sysprofile_wants_source verify' -s q -l quiet -d 'Errors only'
complete -c sysprofile -n '__sysprofile_wants_option; or __sysprofile_wants_source verify' -s v -l verbose -d 'Also list each call'
complete -c sysprofile -n '__sysprofile_wants_option; or __sysprofile_wants_source verify' -l no-progress -d 'No status line'
complete -c sysprofile -n '__sysprofile_wants_option; or __sysprofile_wants_source verify' -l color -x -a 'auto always never' -d 'Color on the terminal'
complete -c sysprofile -n '__sysprofile_wants_option; or __sysprofile_wants_source verify' -s i -l input -r -F -d 'Read this profile or log in place of a run'
complete -c sysprofile -n __sysprofile_wants_option -l comm -x -d 'With -i: only calls of tasks called so'
complete -c sysprofile -n __sysprofile_wants_option -l exe -r -F -d 'With -i: only calls of this program'
complete -c sysprofile -n __sysprofile_wants_option -s p -l pid -x -a '(__fish_complete_pids)' -d 'Follow this process, or with -i only its calls'
complete -c sysprofile -n __sysprofile_wants_option -l quiet-for -x -a '30s 90s 5min' -d 'End the run when no new call came for this long'
complete -c sysprofile -n __sysprofile_wants_option -l force -d 'Write an allow-list without its start, or overwrite a drop-in'
complete -c sysprofile -n __sysprofile_wants_option -l drop-in -d 'Write the drop-in beside its unit'
complete -c sysprofile -n __sysprofile_wants_option -l runtime -d 'With --drop-in: until the next boot'
complete -c sysprofile -n __sysprofile_wants_option -l user -d 'With --drop-in: a unit of the user'
complete -c sysprofile -n __sysprofile_wants_option -l dry-run -d 'With --drop-in: show what would change'
complete -c sysprofile -n __sysprofile_wants_option -s h -l help -d 'Show the options and exit'
complete -c sysprofile -n __sysprofile_wants_option -l version -d 'Show versions and exit'
complete -c sysprofile -n __sysprofile_wants_option -a groups -d 'Print the groups of system calls'
complete -c sysprofile -n __sysprofile_wants_option -a explain -d 'Say what a filter does'
complete -c sysprofile -n __sysprofile_wants_option -a diff -d 'Tell two filters apart'
complete -c sysprofile -n __sysprofile_wants_option -a verify -d 'Run a command and tell what a filter refuses'
complete -c sysprofile -n __sysprofile_wants_option -a merge -d 'Join profiles'
complete -c sysprofile -n __sysprofile_wants_option -a why -d 'Tell who made a call'
complete -c sysprofile -n __sysprofile_wants_option -a show -d 'Print the calls of profiles'
complete -c sysprofile -n '__sysprofile_wants_profile merge' -s o -l output -r -F -d 'Write the profile there'
complete -c sysprofile -n '__sysprofile_wants_profile show' -s f -l format -x -a 'text json' -d 'How to show it'
complete -c sysprofile -n __sysprofile_wants_profile -F -d 'Profile'
complete -c sysprofile -n __sysprofile_wants_source -F -a '(__sysprofile_units)' -d 'Unit'
complete -c sysprofile -n __sysprofile_wants_group -a '(sysprofile groups 2>/dev/null | string match "@*")' -d 'Group'
complete -c sysprofile -n 'not __sysprofile_wants_group; and not __sysprofile_wants_source; and not __sysprofile_wants_profile' -a '(__sysprofile_complete_command)'
