/* caught_stderr.h -- what the code under test says on standard error.
 *
 * catch_stderr() sends it to a file in memory, caught_stderr() ends that and returns the text (static, until the next
 * call). Include after <cmocka.h>.
 */
#ifndef TELLTALE_TESTS_SUPPORT_CAUGHT_STDERR_H
#define TELLTALE_TESTS_SUPPORT_CAUGHT_STDERR_H

#include <fcntl.h>
#include <stdio.h>
#include <sys/mman.h>
#include <unistd.h>

static int caught_file = -1, caught_before = -1;

static inline void catch_stderr(void)
{
    fflush(stderr);
    caught_file = memfd_create("stderr", MFD_CLOEXEC);
    caught_before = dup(STDERR_FILENO);
    assert_true(caught_file >= 0 && caught_before >= 0);
    assert_int_equal(fcntl(caught_file, F_SETFL, O_APPEND), 0); /* as a terminal: each write after the one before */
    assert_int_equal(dup2(caught_file, STDERR_FILENO), STDERR_FILENO);
}

static inline const char *caught_stderr(void)
{
    static char text[8192];
    fflush(stderr);
    assert_int_equal(dup2(caught_before, STDERR_FILENO), STDERR_FILENO);
    close(caught_before);
    ssize_t n = pread(caught_file, text, sizeof(text) - 1, 0);
    close(caught_file);
    assert_true(n >= 0);
    text[n] = '\0';
    return text;
}

#endif
