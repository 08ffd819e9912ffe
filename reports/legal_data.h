/* legal_data.h -- reports/data/legal.tsv, as the build put it into the program (feeds/embed.cmake). */
#ifndef TELLTALE_REPORTS_LEGAL_DATA_H
#define TELLTALE_REPORTS_LEGAL_DATA_H

#include <stddef.h>

extern const char builtin_legal[];
extern const size_t builtin_legal_bytes;

#endif
