/* known_leaks.c -- what libraries of ours never free, said to the leak checker in every program of a sanitizer build.
 *
 * libfontconfig  what it reads of a font that is in no cache yet (the first PDF on a new machine).
 * libmaxminddb   1.7: 4.6 kB when the list of languages in a file's description is damaged.
 */
const char *__lsan_default_suppressions(void);
const char *__lsan_default_suppressions(void)
{
    return "leak:libfontconfig\nleak:libmaxminddb\n";
}
