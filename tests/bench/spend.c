/* spend.c -- runs a program and says what it cost.
 *
 *     spend RESULT PROGRAM [ARGUMENT]...
 *
 * Writes "status CPU-microseconds largest-resident-kilobytes" to the file RESULT, the program's children included. A program of
 * its own because the kernel hands a process's largest resident set on to what it starts: measured from Python,
 * nothing would seem smaller than Python.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

int main(int argc, char **argv)
{
    if (argc < 3) {
        fprintf(stderr, "usage: spend RESULT PROGRAM [ARGUMENT]...\n");
        return 2;
    }
    pid_t child = fork();
    if (child < 0)
        return 1;
    if (child == 0) {
        execvp(argv[2], argv + 2);
        _exit(127);
    }
    int status;
    struct rusage used;
    while (wait4(child, &status, 0, &used) < 0)
        if (errno != EINTR)
            return 1;
    FILE *out = fopen(argv[1], "w");
    if (!out)
        return 1;
    long long us = (used.ru_utime.tv_sec + used.ru_stime.tv_sec) * 1000000LL + used.ru_utime.tv_usec + used.ru_stime.tv_usec;
    fprintf(out, "%d %lld %ld\n", WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status), us, used.ru_maxrss);
    return fclose(out) == 0 ? 0 : 1;
}
