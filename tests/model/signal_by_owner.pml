/*
 * Why an emulated send cannot reach a stranger: one PID, and processes that are given it one after another, as they are
 * reaped and the number is recycled at any moment. A process is its generation, 1, 2, ...; 0 is none.
 *
 * A pidfd refers to a process for ever, and so does a descriptor's owner; kill(2) is told a number. The promise is that
 * what is signalled is the process of the pidfd, or none.
 *
 * TRACED is signal_by_tracer.h's way. SWAPPED looks before it holds, and signals strangers. ARRIVES claims that no signal
 * ever arrives, which is wrong too. signals_reach_no_stranger has spin find that out.
 */
#define GENERATIONS 4

byte number = 1;	/* who has the PID now */
byte born = 1;		/* the latest to be given it */
byte traced = 0;	/* is not reaped meanwhile but by its tracer */
byte pidfd = 0;

active proctype reaper()
{
	do
	:: atomic { number != 0 && number != traced -> number = 0 }
	od
}

active proctype recycler()
{
	do
	:: atomic { number == 0 && born < GENERATIONS -> born++; number = born }
	od
}

/* pidfd_open: whoever has the number, if anybody. */
active proctype opener()
{
	atomic { number != 0 -> pidfd = number }
}

inline look()			/* through the pidfd: is its process there still? */
{
	if
	:: number == pidfd
	:: else -> goto esrch
	fi
}

inline hold()			/* F_SETOWN_EX: from a number to a process */
{
	atomic {
		if
		:: number != 0 -> owner = number
		:: else -> goto esrch
		fi
	}
}

inline arrive(process)
{
	assert(process == pidfd);
#ifdef ARRIVES
	assert(false);
#endif
}

active proctype sender()
{
	byte owner = 0;

	pidfd != 0;
	look();			/* whence the sender has the number */
#if defined(TRACED)
	atomic {		/* PTRACE_SEIZE */
		if
		:: number != 0 -> traced = number
		:: else -> goto esrch
		fi
	}
	look();
	atomic { number != 0 -> arrive(number) }	/* kill(2) */
#elif defined(SWAPPED)
	look();
	hold();
	atomic { if :: owner == number -> arrive(owner) :: else fi }
#else
	hold();
	look();
	atomic { if :: owner == number -> arrive(owner) :: else fi }	/* the owner may have ended: none */
#endif
esrch:
	traced = 0
}
