/* builtin.h -- the tables of feeds/data/, as the build put them into the program (feeds/embed.cmake). */
#ifndef TELLTALE_FEEDS_BUILTIN_H
#define TELLTALE_FEEDS_BUILTIN_H

#include <stddef.h>

extern const char builtin_trackers[]; /* trackers.tsv */
extern const size_t builtin_trackers_bytes;
extern const char builtin_sites[]; /* sites.tsv */
extern const size_t builtin_sites_bytes;
extern const char builtin_policies[]; /* policies.tsv */
extern const size_t builtin_policies_bytes;
extern const char builtin_lists[]; /* lists.tsv */
extern const size_t builtin_lists_bytes;
extern const char builtin_services[]; /* services.tsv */
extern const size_t builtin_services_bytes;

#endif
