# shellcheck shell=bash disable=SC2034,SC2154 # the parts share their variables
# The lab's own certificate authority, the server's certificate, and an authority that signed nothing. Sourced, not run.

# Makes, in directory $1: ca.pem, server.crt, server.key (localhost, 127.0.0.1) and wrong-ca.pem.
make_certificates() {
    local directory=$1
    {
        make_authority "$directory/ca" "Earshot lab" &&
            make_authority "$directory/wrong-ca" "Not the Earshot lab" &&
            openssl req -new -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -subj "/CN=localhost" \
                -keyout "$directory/server.key" -out "$directory/server.csr" &&
            openssl x509 -req -in "$directory/server.csr" -days 30 \
                -CA "$directory/ca.pem" -CAkey "$directory/ca.key" -CAcreateserial -out "$directory/server.crt" \
                -extfile <(printf '%s\n' 'subjectAltName=DNS:localhost,IP:127.0.0.1' 'extendedKeyUsage=serverAuth')
    } >"$directory/openssl.log" 2>&1 || {
        tail -n 5 "$directory/openssl.log" >&2
        fail "openssl could not make the lab's certificates"
    }
    # Nothing more is to be signed: what does not exist cannot leak.
    rm -f "$directory"/{ca.key,wrong-ca.key,server.csr,ca.srl,openssl.log}
}

# Makes $1.pem and $1.key, an authority of the name $2.
make_authority() {
    openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 30 -subj "/CN=$2" \
        -addext 'basicConstraints=critical,CA:TRUE' -addext 'keyUsage=critical,keyCertSign' \
        -keyout "$1.key" -out "$1.pem"
}
