#ifndef EARSHOT_CSYSTEMDNOTIFY_H
#define EARSHOT_CSYSTEMDNOTIFY_H

/*
 * Sends one message to the socket of a service manager, as sd_notify(3) does, without libsystemd.
 *
 * socket_name: a path, or a name of the abstract namespace with an @ in the place of its first, zero byte.
 *
 * Waits for at most a second when the service manager does not read. Returns 0, or the number of the error (errno).
 */
int earshot_systemd_notify(const char *socket_name, const char *message);

#endif
