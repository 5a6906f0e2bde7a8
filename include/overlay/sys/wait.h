/* As of glibc 2.36: waitid takes P_PIDFD. */
#ifndef LIBPIDFD_OVERLAY_SYS_WAIT_H
#define LIBPIDFD_OVERLAY_SYS_WAIT_H

#include <libpidfd-overlay.h>
#pragma GCC system_header
#include_next <sys/wait.h>

/* An enumerator in newer libcs, which this stands for as well. */
#ifndef P_PIDFD
#ifdef __cplusplus
#define P_PIDFD ((idtype_t)3)
#else
#define P_PIDFD 3
#endif
#endif

#if !defined __GLIBC__ || defined __USE_XOPEN_EXTENDED || defined __USE_XOPEN2K8
#if defined __GLIBC__ || defined SI_USER
LIBPIDFD_OVERLAY_BEGIN
extern int waitid(idtype_t __idtype, id_t __id, siginfo_t *__info, int __options) LIBPIDFD_OVERLAY_BOUND(waitid);
LIBPIDFD_OVERLAY_END
#endif
#endif

#endif
