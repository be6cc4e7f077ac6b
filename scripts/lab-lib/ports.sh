# shellcheck shell=bash disable=SC2034,SC2154 # the parts share their variables
# Free ports, without a tool that a fresh machine may not have. Sourced, not run.
#
# All are below the kernel's range for outgoing connections (32768 and up), which could take a port between the look and
# the use. Another program may still be faster: the caller tries again with other ports.

# Reads into used_ports every local TCP and UDP port of this machine.
read_used_ports() {
    local table address
    used_ports=()
    for table in /proc/net/{tcp,tcp6,udp,udp6}; do
        [[ -r $table ]] || continue
        while read -r _ address _; do
            [[ $address != *:* ]] || used_ports[16#${address##*:}]=1
        done <"$table"
    done
}

# Sets port_sip, port_http, port_https, port_rtp_first and port_rtp_last.
choose_ports() {
    local -a used_ports chosen=()
    local candidate
    read_used_ports
    while ((${#chosen[@]} < 3)); do
        candidate=$((10000 + RANDOM % 5000))
        if [[ -z ${used_ports[candidate]:-} ]]; then
            used_ports[candidate]=1
            chosen+=("$candidate")
        fi
    done
    port_sip=${chosen[0]}
    port_http=${chosen[1]}
    port_https=${chosen[2]}
    # 500 calls' worth. Asterisk passes over a taken port in it by itself.
    port_rtp_first=$((15000 + 2000 * (RANDOM % 5)))
    port_rtp_last=$((port_rtp_first + 1999))
}
