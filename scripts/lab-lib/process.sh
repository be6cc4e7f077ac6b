# shellcheck shell=bash disable=SC2034,SC2154 # the parts share their variables
# Starting, finding and ending the lab's Asterisk, and only that one. Sourced, not run.

# Seconds that a start may take. It takes about one; a machine that builds at the same time needs more.
start_limit=60

# Prints the process number of this lab's Asterisk, or fails. A number that was left behind by a crash and belongs to
# another program by now is not ours: ours was started with our configuration file.
lab_pid() {
    local pid arguments=
    [[ -r $lab_dir/asterisk.pid ]] || return 1
    read -r pid <"$lab_dir/asterisk.pid" || return 1
    [[ $pid =~ ^[0-9]+$ && -r /proc/$pid/cmdline ]] || return 1
    IFS= read -r -d '' arguments < <(tr '\0' ' ' <"/proc/$pid/cmdline"; printf '\0') || true
    [[ $arguments == *"$lab_dir/etc/asterisk.conf "* ]] || return 1
    printf '%s\n' "$pid"
}

# Starts Asterisk in the background, away from this terminal and from every open file of the caller.
start_asterisk() {
    local descriptor
    (
        # Each monitored call takes some twenty descriptors.
        ulimit -n "$(ulimit -Hn)" 2>/dev/null || true
        cd "$lab_dir" || exit
        # Whoever waits for a pipe of ours to close must not wait for Asterisk; nor may it hold our lock.
        for descriptor in /proc/"$BASHPID"/fd/*; do
            descriptor=${descriptor##*/}
            ((descriptor <= 2)) || exec {descriptor}>&-
        done
        # While it starts, Asterisk looks up the machine's own name. A name server that does not answer must not cost
        # more than a second or two. (Calls look nothing up: pjsip.conf gives media_address.)
        export RES_OPTIONS="timeout:1 attempts:1"
        exec setsid "${asterisk_program[@]}" -C "$lab_dir/etc/asterisk.conf" -f \
            </dev/null >>"$lab_dir/log/output" 2>&1
    ) &
    lab_started=$!
    disown "$lab_started"
    printf '%s\n' "$lab_started" >"$lab_dir/asterisk.pid"
}

# Waits until Asterisk answers over http and https. 1: it ended; 2: a port was taken by somebody else; 3: too late.
wait_for_asterisk() {
    local deadline=$((SECONDS + start_limit)) ready=
    until ask_ari "http://127.0.0.1:$port_http"; do
        kill -0 "$lab_started" 2>/dev/null || return 1
        ! grep -qsi 'address already in use' "$lab_log" "$lab_dir/log/output" || return 2
        # Ready, and still no answer: it will not come.
        if [[ -z $ready ]] && grep -qs 'Asterisk Ready' "$lab_log"; then
            ready=yes
            deadline=$((SECONDS + 5))
        fi
        ((SECONDS < deadline)) || return 3
        sleep 0.1
    done
    ! grep -qsi 'address already in use' "$lab_log" "$lab_dir/log/output" || return 2
    ask_ari "https://localhost:$port_https" || return 3
    lab_pid >/dev/null || return 1
}

# Whether ARI at $1 lets our user in, which it does only when Asterisk is fully booted (503 before). The answer is in
# ari_answer.
ask_ari() {
    ari_answer=$(curl --silent --fail --max-time 5 --noproxy '*' --cacert "$lab_dir/tls/ca.pem" --config - \
        "$1/ari/asterisk/info" <<<"user = \"earshot:$(<"$lab_dir/ari-password")\"" 2>/dev/null)
}

# Ends process $1, which is ours: politely first, and more than once, because an Asterisk that is still starting does not
# notice the first time.
stop_asterisk() {
    local pid=$1 tries
    for ((tries = 0; tries < 100; tries++)); do
        if ((tries % 10 == 0)); then
            kill -TERM "$pid" 2>/dev/null || return 0
        fi
        kill -0 "$pid" 2>/dev/null || return 0
        sleep 0.1
    done
    say "Asterisk ($pid) does not end when asked; killing it"
    kill -KILL "$pid" 2>/dev/null || true
    while kill -0 "$pid" 2>/dev/null; do sleep 0.1; done
}

# Removes the lab's state. Its last log is kept, in $lab_dir/last-log, for whoever wants to know afterwards what happened.
clear_state() {
    local run
    if [[ -r $lab_dir/run-directory ]]; then
        run=$(<"$lab_dir/run-directory")
        [[ $run != /tmp/earshot-lab.* ]] || rm -rf "$run"
    fi
    if [[ -s $lab_log ]]; then
        mv -f "$lab_log" "$lab_dir/last-log"
    fi
    local -a state=(lab.json .lab.json asterisk.pid run-directory program ari-password ari-password-readonly
        etc tls var data spool run log moh)
    rm -rf "${state[@]/#/${lab_dir:?}/}"
}
