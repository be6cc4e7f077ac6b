# shellcheck shell=bash disable=SC2034,SC2154 # the parts share their variables
# Where Asterisk comes from: extracted from Debian into a cache, or an installed one that was named. Sourced, not run.
#
# Sets: asterisk_program   what starts it (an array: the loader of its own C library may stand first)
#       asterisk_modules, asterisk_data, asterisk_sounds   its directories

# Debian 12 and 13 have no Asterisk package; forky has 22.
asterisk_suite=${EARSHOT_LAB_SUITE:-forky}
asterisk_mirror=${EARSHOT_LAB_MIRROR:-}

# Finds program and directories of the Asterisk that is to be used, and extracts it first where it must be.
# $1: path of an installed asterisk; empty: the lab's own.
locate_asterisk() {
    local path=$1
    if [[ -z $path ]]; then
        extract_asterisk
        path=$asterisk_tree/usr/sbin/asterisk
    fi
    [[ $path == */* ]] || path=$(command -v "$path" || echo "$path")
    [[ -x $path ]] || fail "no program at $path" "Name an installed Asterisk, such as --asterisk /usr/sbin/asterisk," \
        "or leave the option out: the lab then fetches its own."
    path=$(realpath "$path")

    local prefix=${path%/sbin/*} root candidate libraries
    root=${prefix%/usr}
    asterisk_modules=
    for candidate in "$prefix"/lib/*-linux-gnu "$prefix/lib64" "$prefix/lib"; do
        if [[ -z $asterisk_modules && -d $candidate/asterisk/modules ]]; then
            asterisk_modules=$candidate/asterisk/modules
        fi
    done
    [[ -n $asterisk_modules ]] || fail "no modules (lib/…/asterisk/modules) beside $path"

    asterisk_data=
    for candidate in "$prefix/share/asterisk" "$root/var/lib/asterisk"; do
        if [[ -z $asterisk_data && -d $candidate/documentation ]]; then
            asterisk_data=$candidate
        fi
    done
    [[ -n $asterisk_data ]] || fail "no documentation directory for $path: Asterisk does not start without it"

    asterisk_sounds=
    for candidate in "$asterisk_data"/sounds/{en,en_*,.} "$root"/var/lib/asterisk/sounds/{en,.}; do
        if [[ -z $asterisk_sounds && -e $candidate/feature-not-avail-line.gsm ]]; then
            asterisk_sounds=$candidate
        fi
    done
    [[ -n $asterisk_sounds ]] || fail "no English prompts in gsm beside $path" \
        "Install the package asterisk-core-sounds-en-gsm."

    # An extracted tree brings its own C library, which may be newer than the machine's, and its own loader for it. Older
    # suites have it in /lib.
    asterisk_program=("$path")
    if [[ $prefix != /usr ]]; then
        libraries=$(printf '%s:' "$prefix"/lib/*-linux-gnu "$root"/lib/*-linux-gnu "$prefix/lib")
        for candidate in "$root"/lib/*-linux-gnu/ld-linux*.so.* "$prefix"/lib/*-linux-gnu/ld-linux*.so.*; do
            if [[ -x $candidate ]]; then
                asterisk_program=("$candidate" --library-path "${libraries%:}" "$path")
            fi
        done
    fi
    "${asterisk_program[@]}" -V >/dev/null 2>&1 || fail "${asterisk_program[*]} -V fails" \
        "$("${asterisk_program[@]}" -V 2>&1 | tail -n 3)"
}

# Puts Debian's Asterisk into the cache, once for all checkouts of this user. It never appears there half extracted.
extract_asterisk() {
    local cache=${XDG_CACHE_HOME:-${HOME:?is not set, so there is no place for the cache}/.cache}/earshot
    local lock
    asterisk_tree=$cache/asterisk-$asterisk_suite-$(dpkg --print-architecture 2>/dev/null || uname -m)
    [[ -x $asterisk_tree/usr/sbin/asterisk ]] && return

    "$lab_root/scripts/setup" --lab
    mkdir -p "$cache" || fail "cannot write to $cache" "Set XDG_CACHE_HOME to a directory with 400 MB to spare."
    exec {lock}>"$cache/lock"
    flock "$lock"
    if [[ ! -x $asterisk_tree/usr/sbin/asterisk ]]; then
        local temporary=$cache/.extracting log=$cache/mmdebstrap.log
        rm -rf "$temporary"
        say "fetching Asterisk from Debian $asterisk_suite (once; 270 MB on disk) …"
        # chrootless: nothing is run or mounted, so that it works for any user. A mirror's Release file may be past its
        # date; its signature is checked all the same.
        mmdebstrap --mode=chrootless --variant=extract --include=asterisk,asterisk-core-sounds-en-gsm \
            --aptopt='Acquire::Check-Valid-Until "false"' --aptopt='Acquire::Retries "3"' \
            "$asterisk_suite" "$temporary" ${asterisk_mirror:+"$asterisk_mirror"} >"$log" 2>&1 </dev/null || {
            tail -n 15 "$log" >&2
            rm -rf "$temporary"
            fail "Debian's Asterisk could not be fetched (the whole story: $log)" \
                "Can this machine reach deb.debian.org? Another mirror: EARSHOT_LAB_MIRROR=http://mirror/debian" \
                "An Asterisk that is installed already: scripts/lab up --asterisk /usr/sbin/asterisk"
        }
        rm -rf "$asterisk_tree"
        mv -T "$temporary" "$asterisk_tree"
    fi
    exec {lock}>&-
}
