/* routes.h -- the one table of what can be asked for, and who may: role x route is decided here and nowhere else.
 *
 * Shape      docs/API.md has the same table; tests/dashboard/test_routes.c compares them.
 */
#ifndef TELLTALE_DASHBOARD_ROUTES_H
#define TELLTALE_DASHBOARD_ROUTES_H

#include "dashboard/web.h"

enum route_who {
    ROUTE_PUBLIC = 0,
    ROUTE_LEAD = ROLE_LEAD,
    ROUTE_TECHNICIAN = ROLE_TECHNICIAN,
    ROUTE_BOTH = ROLE_LEAD | ROLE_TECHNICIAN,
    ROUTE_MACHINE = 8 | ROLE_LEAD | ROLE_TECHNICIAN /* both, and anybody on this machine itself */
};
const char *route_who_word(enum route_who who); /* "public", "lead", ... as docs/API.md has it */

enum route_kind { ROUTE_API, ROUTE_PAGE, ROUTE_UPLOAD /* an API whose body may be a recording */ };

struct route {
    const char *method; /* GET or POST; a POST changes something */
    const char *path;   /* exact, but a * at its end stands for anything */
    enum route_who who;
    enum route_kind kind;
    void (*handle)(struct web_call *c);
    const char *what; /* a line for the document */
};

extern const struct route routes[];
extern const size_t routes_count;

/* NULL: no such path. *method_is_wrong: the path is there for another method. */
const struct route *route_find(const char *method, const char *path, bool *method_is_wrong);

/* Does this role open it? role ROLE_NONE: nobody is signed in. */
bool route_allows(const struct route *r, enum role role, bool peer_is_loopback);

#endif
