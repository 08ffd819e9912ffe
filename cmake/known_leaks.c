/* known_leaks.c -- what libraries of ours never free, and what looks like a race in them: said to the checkers in every program of a sanitizer build.
 *
 * libfontconfig  what it reads of a font that is in no cache yet (the first PDF on a new machine).
 * libmaxminddb   1.7: 4.6 kB when the list of languages in a file's description is damaged.
 *
 * The thread checker does not see what libraries do with locks of their own that it was not built with: the C library's around the time zone, and
 * fontconfig's around its tables. What it says of these two is no race.
 */
const char *__lsan_default_suppressions(void);
const char *__lsan_default_suppressions(void)
{
    return "leak:libfontconfig\nleak:libmaxminddb\n";
}

#ifdef __SANITIZE_THREAD__
const char *__tsan_default_suppressions(void);
const char *__tsan_default_suppressions(void)
{
    return "race:tzset_internal\nrace:libfontconfig\n";
}
#endif
