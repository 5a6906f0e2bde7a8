# A program in Python that knows nothing of the library. Each line is what a kernel that has the calls makes it print.
import asyncio
import os
import select
import signal
import subprocess


def sleeper():
    return subprocess.Popen(['sleep', '60'])


child = sleeper()
fd = os.pidfd_open(child.pid)
poll = select.poll()
poll.register(fd, select.POLLIN)
epoll = select.epoll()
epoll.register(fd, select.EPOLLIN)
print('alive:', poll.poll(0), epoll.poll(0), os.waitid(os.P_PIDFD, fd, os.WEXITED | os.WNOHANG))
signal.pidfd_send_signal(fd, signal.SIGTERM)
print('ended:', poll.poll() == [(fd, select.POLLIN)], [event & select.EPOLLIN for _, event in epoll.poll()])
epoll.unregister(fd)
print('unregistered:', epoll.poll(0))
print('status:', os.waitid(os.P_PIDFD, fd, os.WEXITED).si_status)
os.close(fd)

# One that is closed without being unregistered.
child = sleeper()
fd = os.pidfd_open(child.pid)
epoll.register(fd, select.EPOLLIN)
os.close(fd)
child.kill()
print('closed:', child.wait(), epoll.poll(0))

for fd in range(50, 60):
    os.dup2(0, fd)
os.closerange(50, 60)
print('open:', [fd for fd in map(int, os.listdir('/proc/self/fd')) if 50 <= fd < 60])


async def main():
    if hasattr(asyncio, 'PidfdChildWatcher'):  # what Python 3.12 and later take by themselves
        watcher = asyncio.PidfdChildWatcher()
        watcher.attach_loop(asyncio.get_running_loop())
        asyncio.set_child_watcher(watcher)
    children = [await asyncio.create_subprocess_exec('sh', '-c', 'read line; exit %d' % n, stdin=subprocess.PIPE)
                for n in range(8)]
    for child in children:
        child.stdin.close()
    print('asyncio:', await asyncio.gather(*[child.wait() for child in children]))

asyncio.run(main())
