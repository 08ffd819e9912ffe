/* api_health.h -- what other pages show of the sensor's health: coverage, without which no figure is shown. */
#ifndef TELLTALE_DASHBOARD_API_HEALTH_H
#define TELLTALE_DASHBOARD_API_HEALTH_H

#include "dashboard/web.h"

/* Puts "coverage" and "sensor" into a document. 0 or -errno of the reader; a sensor that has said nothing is no failure. */
int api_health_put_coverage(struct web *w, struct json *root);

#endif
