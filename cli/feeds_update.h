/* feeds_update.h -- how `telltale feeds update` is called: its help is in one program, its work in the other (updater_main.c). */
#ifndef TELLTALE_CLI_FEEDS_UPDATE_H
#define TELLTALE_CLI_FEEDS_UPDATE_H

#define FEEDS_UPDATE_NAME     "feeds update"
#define FEEDS_UPDATE_SYNOPSIS "[-c FILE] [-o table|json] [NAME...]"
#define FEEDS_UPDATE_PROGRAM  "telltale-updater" /* in the same folder as telltale */

#endif
