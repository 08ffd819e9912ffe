/* publisher.h -- `telltaled publish`: takes sightings, believes none of them unchecked, and gives them to the store.
 *
 * Process    Its own. It touches no packet and knows no MAC and no address. It listens on <run dir>/sightings.sock for one
 *            capture process of the same user, or on the socket of that name in [run] publisher for one of the user that [run] capture_user
 *            names (both sides then share the folder's group); a record that fails its check is counted and the connection dropped.
 * Threads    One.
 * End        On SIGTERM or SIGINT it reads what is waiting, gives Redis ten seconds to take everything, and returns
 *            EXIT 0 when all was acknowledged, 1 when not (and says how much was not).
 */
#ifndef TELLTALE_SENSOR_PUBLISHER_H
#define TELLTALE_SENSOR_PUBLISHER_H

#include "common/config.h"

/* replay: sightings may have any date. Returns the exit status. */
int publisher_run(const struct config *c, bool replay);

/* In config_publisher_dir(). */
#define PUBLISHER_SOCKET_NAME "sightings.sock"

#endif
