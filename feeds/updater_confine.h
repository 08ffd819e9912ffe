/* updater_confine.h -- the updater gives up what it does not need before it hears the first byte of a stranger.
 *
 * Purpose    A server that takes the updater over shall find a process that can write into the folder of lists, and nothing else that its
 *            user may not do anyway.
 * Effect     Started as root it becomes the folder's owner, without other groups. Every capability is gone for good, no program that is run
 *            can bring one back, files and memory have a limit, no core is written.
 * Threads    Before there is more than one.
 * Failure    -errno after one log line. The process then must not go on.
 */
#ifndef TELLTALE_FEEDS_UPDATER_CONFINE_H
#define TELLTALE_FEEDS_UPDATER_CONFINE_H

int updater_confine(int folder_fd, const char *folder);

#endif
