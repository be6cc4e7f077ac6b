# shellcheck shell=bash
# What scripts/demo, scripts/bench and others have in common: set-up, release build, a lab for as long as it is needed. Sourced, not run;
# `session` has the name of the script, `session_products` what it needs built, and a function `clean_up` puts away what else it started.

session_root=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd -P)
session_started_lab=no
session_child=
session_interrupted=no
session_products=(earshot earshot-lab)

say() {
    printf '%s: %s\n' "${session:?}" "$*" >&2
}

# Ends with a message: what failed, and then what to do.
fail() {
    say "error: $1"
    shift
    (($# == 0)) || printf '%s:        %s\n' "$session" "$@" >&2
    exit 1
}

# Puts down what this session started, however it ends.
end_session() {
    local status=$?
    trap '' INT TERM HUP
    if declare -F clean_up >/dev/null; then
        clean_up || true
    fi
    if [[ $session_started_lab == yes ]]; then
        "$session_root/scripts/lab" down || say "the lab could not be put down: scripts/lab down"
    fi
    exit "$status"
}

# Passes a signal on to what runs, which ends in its own order; between two steps it ends the session.
interrupt() {
    session_interrupted=yes
    if [[ -n $session_child ]]; then
        kill -TERM "$session_child" 2>/dev/null || true
    else
        exit 130
    fi
}

# Runs a step so that a signal reaches it, also one that was sent to this script alone.
run_step() {
    local status
    "$@" &
    session_child=$!
    # `wait` also returns when a signal arrives; the step still runs then.
    while true; do
        status=0
        wait "$session_child" || status=$?
        kill -0 "$session_child" 2>/dev/null || break
    done
    session_child=
    if [[ $session_interrupted == yes ]]; then
        say "interrupted"
        exit 130
    fi
    return "$status"
}

# Installs what is missing, and builds.
begin_session_without_lab() {
    trap end_session EXIT
    trap interrupt INT TERM HUP
    cd "$session_root" || fail "cannot enter $session_root"
    scripts/setup || fail "the set-up failed" "See above; then start again."
    say "building Earshot (the first time takes some minutes) …"
    local product
    for product in "${session_products[@]}"; do
        run_step swift build --configuration release --product "$product" >&2 ||
            fail "the build of $product failed" "See above."
    done
}

# The same, and starts the lab unless it runs already.
begin_session() {
    begin_session_without_lab
    if scripts/lab status >/dev/null; then
        say "using the lab that runs"
    else
        say "starting the lab (the first time fetches Asterisk) …"
        session_started_lab=yes
        scripts/lab up >&2 || fail "the lab did not start" "See above."
    fi
}
