# shellcheck shell=bash disable=SC2034,SC2154 # the parts share their variables
# What every part of scripts/lab uses: places, messages. Sourced, not run.

# The checkout, and the directory of this lab's state.
lab_root=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd -P)
lab_dir=${EARSHOT_LAB_DIRECTORY:-$lab_root/.lab}
lab_log=$lab_dir/log/asterisk.log

# Says what is going on, on the error output: the standard output is for what was asked.
say() {
    printf 'lab: %s\n' "$*" >&2
}

# Ends with a message: what failed, and then, line by line, what to do.
fail() {
    printf 'lab: error: %s\n' "$1" >&2
    shift
    (($# == 0)) || printf 'lab:        %s\n' "$@" >&2
    exit 1
}
