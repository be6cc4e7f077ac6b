# shellcheck shell=bash disable=SC2034,SC2154 # the parts share their variables
# The lab's configuration: the shipped files of asterisk-conf/ with ports, passwords and paths of the lab put in, and
# scripts/lab-conf/ around them. Sourced, not run.
#
# No secret passes through an argument of a program: everything is put together by the shell itself.

# Writes the whole configuration into $lab_dir/etc. Needs port_*, asterisk_* and lab_run.
write_configuration() {
    local file
    ari_password=$(openssl rand -hex 16)
    readonly_password=$(openssl rand -hex 16)
    for file in "$lab_root"/asterisk-conf/*.conf; do
        ship "${file##*/}"
    done
    for file in "$lab_root"/scripts/lab-conf/*.conf; do
        render "${file##*/}"
    done
    # Asterisk complains of each of these that is not there.
    for file in acl ccss pjproject queuerules udptl websocket_client; do
        printf '; The defaults will do.\n' >"$lab_dir/etc/$file.conf"
    done
    read_phones
    write_phones >"$lab_dir/etc/pjsip_phones.conf"
    printf '%s\n' "$ari_password" >"$lab_dir/ari-password"
    printf '%s\n' "$readonly_password" >"$lab_dir/ari-password-readonly"
}

# Takes over the shipped file $1. Only the lines named here change, and each must be there: what is tested is what is
# shipped.
ship() {
    local content
    content=$(<"$lab_root/asterisk-conf/$1")
    case $1 in
        ari_earshot.conf)
            swap "password = CHANGE-ME" "password = $ari_password"
            ;;
        http_earshot.conf)
            swap "bindport = 8088" "bindport = $port_http"
            ;;
        https_earshot.conf)
            swap "tlsbindaddr = 127.0.0.1:8089" "tlsbindaddr = 127.0.0.1:$port_https"
            swap "tlscertfile = /etc/asterisk/keys/earshot.crt" "tlscertfile = $lab_dir/tls/server.crt"
            swap "tlsprivatekey = /etc/asterisk/keys/earshot.key" "tlsprivatekey = $lab_dir/tls/server.key"
            ;;
    esac
    printf '%s\n' "$content" >"$lab_dir/etc/$1"
}

# Puts line $2 in the place of line $1 of the caller's $content.
swap() {
    local text=$'\n'$content$'\n' old=$'\n'$1$'\n' new=$'\n'$2$'\n'
    [[ $text == *"$old"* ]] || fail "asterisk-conf has no line '$1' any more" "Correct scripts/lab-lib/config.sh."
    text=${text/"$old"/"$new"}
    text=${text#$'\n'}
    content=${text%$'\n'}
}

# Writes the lab's own file $1 with every @NAME@ replaced.
render() {
    local text
    text=$(<"$lab_root/scripts/lab-conf/$1")
    text=${text//@LAB@/"$lab_dir"}
    text=${text//@RUN@/"$lab_run"}
    text=${text//@MODULES@/"$asterisk_modules"}
    text=${text//@SIP_PORT@/"$port_sip"}
    text=${text//@RTP_START@/"$port_rtp_first"}
    text=${text//@RTP_END@/"$port_rtp_last"}
    text=${text//@READONLY_PASSWORD@/"$readonly_password"}
    [[ ! $text =~ @[A-Z_]+@ ]] || fail "scripts/lab-conf/$1 has an unknown placeholder ${BASH_REMATCH[0]}"
    printf '%s\n' "$text" >"$lab_dir/etc/$1"
}

# Reads phones.list into phone_lines (the columns) and phone_passwords, both by extension; phone_order is their order.
read_phones() {
    local line extension
    declare -gA phone_lines=() phone_passwords=()
    phone_order=()
    while IFS= read -r line; do
        [[ -n $line && $line != '#'* ]] || continue
        for extension in $(extensions_of "${line%%|*}"); do
            phone_order+=("$extension")
            phone_lines[$extension]=${line#*|}
            [[ ${line#*|} != digest* ]] || phone_passwords[$extension]=$(openssl rand -hex 12)
        done
    done <"$lab_root/scripts/lab-conf/phones.list"
}

# Prints the extensions that the first column $1 of phones.list stands for: itself, or each of a range (4001-4060).
extensions_of() {
    if [[ $1 =~ ^([0-9]+)-([0-9]+)$ ]]; then
        seq "${BASH_REMATCH[1]}" "${BASH_REMATCH[2]}"
    else
        printf '%s\n' "$1"
    fi
}

# Prints the PJSIP sections of every phone.
write_phones() {
    local extension setting
    local -a columns
    for extension in "${phone_order[@]}"; do
        IFS='|' read -r -a columns <<<"${phone_lines[$extension]}"
        printf '\n[%s](phone)\n' "$extension"
        for setting in "${columns[@]:1}"; do
            if [[ $setting == [[:upper:]]* ]]; then
                printf 'set_var = %s\n' "$setting"
            else
                printf '%s = %s\n' "${setting%%=*}" "${setting#*=}"
            fi
        done
        if [[ ${columns[0]} == digest ]]; then
            printf 'auth = %s-auth\naors = %s\n' "$extension" "$extension"
            printf '\n[%s-auth](phone-login)\nusername = %s\npassword = %s\n' \
                "$extension" "$extension" "${phone_passwords[$extension]}"
            printf '\n[%s](phone-contact)\n' "$extension"
        fi
    done
}

# Prints lab.json for process $1 and version $2 from suite or path $3: everything that a test or a demonstration has to know.
describe_lab() {
    local extension separator=
    printf '{\n  "asteriskVersion": %s,\n  "asteriskOrigin": %s,\n  "pid": %d,\n' "$(json "$2")" "$(json "$3")" "$1"
    printf '  "directory": %s,\n  "logFile": %s,\n' "$(json "$lab_dir")" "$(json "$lab_log")"
    printf '  "sip": {"host": "127.0.0.1", "port": %d},\n' "$port_sip"
    printf '  "ari": {\n    "url": "http://127.0.0.1:%d/ari",\n' "$port_http"
    printf '    "tlsURL": "https://localhost:%d/ari",\n    "username": "earshot",\n' "$port_https"
    printf '    "passwordFile": %s,\n' "$(json "$lab_dir/ari-password")"
    printf '    "caFile": %s,\n' "$(json "$lab_dir/tls/ca.pem")"
    printf '    "wrongCAFile": %s,\n' "$(json "$lab_dir/tls/wrong-ca.pem")"
    printf '    "readOnlyUsername": "earshot-readonly",\n'
    printf '    "readOnlyPasswordFile": %s,\n' "$(json "$lab_dir/ari-password-readonly")"
    printf '    "application": "earshot"\n  },\n  "phones": ['
    for extension in "${phone_order[@]}"; do
        [[ -n ${phone_passwords[$extension]:-} ]] || continue
        printf '%s\n    {"extension": "%s", "password": "%s"}' "$separator" "$extension" "${phone_passwords[$extension]}"
        separator=,
    done
    printf '\n  ]\n}\n'
}

# Sets port_http and port_https to those of the lab that lab.json describes.
read_ports() {
    port_http=$(sed -n 's|^    "url": "http://127.0.0.1:\([0-9]*\)/ari",|\1|p' "$lab_dir/lab.json")
    port_https=$(sed -n 's|^    "tlsURL": "https://localhost:\([0-9]*\)/ari",|\1|p' "$lab_dir/lab.json")
}

# Prints text $1 as a JSON string. Control characters do not occur in the paths and versions that come here.
json() {
    local text=$1
    text=${text//\\/\\\\}
    text=${text//\"/\\\"}
    printf '"%s"' "$text"
}
