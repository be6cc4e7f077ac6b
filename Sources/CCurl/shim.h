#ifndef EARSHOT_CCURL_SHIM_H
#define EARSHOT_CCURL_SHIM_H

#include <curl/curl.h>

/*
 * Swift cannot call variadic C functions. Each function here gives one of libcurl's variadic functions the one type
 * that the option or the information has, and does nothing else.
 *
 * Options that a header of libcurl 7.76 does not know yet are named by their number, which never changes; a library
 * that is too old answers CURLE_UNKNOWN_OPTION.
 */

/* CURLOPT_PROTOCOLS, deprecated since 7.85 in favour of the next one. */
#define EARSHOT_CURLOPT_PROTOCOLS ((CURLoption)(CURLOPTTYPE_LONG + 181))
/* CURLOPT_PROTOCOLS_STR, since 7.85. */
#define EARSHOT_CURLOPT_PROTOCOLS_STR ((CURLoption)(CURLOPTTYPE_OBJECTPOINT + 318))
/* CURLOPT_PREREQFUNCTION and CURLOPT_PREREQDATA, since 7.80. */
#define EARSHOT_CURLOPT_PREREQFUNCTION ((CURLoption)(CURLOPTTYPE_FUNCTIONPOINT + 312))
#define EARSHOT_CURLOPT_PREREQDATA ((CURLoption)(CURLOPTTYPE_OBJECTPOINT + 313))
/* CURLOPT_QUICK_EXIT, since 7.87. */
#define EARSHOT_CURLOPT_QUICK_EXIT ((CURLoption)(CURLOPTTYPE_LONG + 322))

typedef size_t (*earshot_write_function)(char *bytes, size_t size, size_t count, void *context);
typedef int (*earshot_socket_function)(void *context, curl_socket_t socket, curlsocktype purpose);
typedef int (*earshot_prereq_function)(void *context, char *remote_ip, char *local_ip, int remote_port, int local_port);

static inline CURLcode earshot_easy_set_long(CURL *handle, CURLoption option, long value) {
    return curl_easy_setopt(handle, option, value);
}

static inline CURLcode earshot_easy_set_size(CURL *handle, CURLoption option, curl_off_t value) {
    return curl_easy_setopt(handle, option, value);
}

static inline CURLcode earshot_easy_set_string(CURL *handle, CURLoption option, const char *value) {
    return curl_easy_setopt(handle, option, value);
}

static inline CURLcode earshot_easy_set_pointer(CURL *handle, CURLoption option, const void *value) {
    return curl_easy_setopt(handle, option, value);
}

static inline CURLcode earshot_easy_set_list(CURL *handle, CURLoption option, struct curl_slist *value) {
    return curl_easy_setopt(handle, option, value);
}

static inline CURLcode earshot_easy_set_write_function(CURL *handle, CURLoption option, earshot_write_function value) {
    return curl_easy_setopt(handle, option, value);
}

static inline CURLcode earshot_easy_set_socket_function(
    CURL *handle, CURLoption option, earshot_socket_function value) {
    return curl_easy_setopt(handle, option, value);
}

static inline CURLcode earshot_easy_set_protocols(CURL *handle, const char *names, long bits) {
    /* The names are looked up one by one in each handle; the bits cost nothing. */
    CURLcode result = curl_easy_setopt(handle, EARSHOT_CURLOPT_PROTOCOLS, bits);
    return result == CURLE_UNKNOWN_OPTION ? curl_easy_setopt(handle, EARSHOT_CURLOPT_PROTOCOLS_STR, names) : result;
}

static inline CURLcode earshot_easy_set_prereq(CURL *handle, earshot_prereq_function function, void *context) {
    CURLcode result = curl_easy_setopt(handle, EARSHOT_CURLOPT_PREREQFUNCTION, function);
    return result == CURLE_OK ? curl_easy_setopt(handle, EARSHOT_CURLOPT_PREREQDATA, context) : result;
}

static inline CURLcode earshot_easy_set_quick_exit(CURL *handle, long value) {
    return curl_easy_setopt(handle, EARSHOT_CURLOPT_QUICK_EXIT, value);
}

static inline CURLcode earshot_easy_get_long(CURL *handle, CURLINFO information, long *value) {
    return curl_easy_getinfo(handle, information, value);
}

static inline CURLcode earshot_easy_get_socket(CURL *handle, curl_socket_t *value) {
    return curl_easy_getinfo(handle, CURLINFO_ACTIVESOCKET, value);
}

static inline CURLMcode earshot_multi_set_long(CURLM *handle, CURLMoption option, long value) {
    return curl_multi_setopt(handle, option, value);
}

/* CURLVERSION_NOW is a macro that Swift does not see. */
static inline const curl_version_info_data *earshot_version_info(void) {
    return curl_version_info(CURLVERSION_NOW);
}

#endif
