/* audit.c -- see audit.h. The function telltale_audit checks the texts and keeps time and deadline. */
#include "store/audit.h"

#include "store/asker.h"
#include "store/library.h"
#include "store/schema.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

int store_audit_write(const char *socket, const char *installation, const char *who, const char *did, const char *what)
{
    char key[STORE_KEY_MAX];
    struct store_asker *a;
    struct store_reply *reply;
    int rc = store_asker_open(socket, &a);
    if (rc < 0)
        return rc;
    store_key_write(key, installation, STORE_KEY_AUDIT, NULL);
    const char *call[] = {"FCALL", STORE_FUNCTION_AUDIT, "1", key, who, did, what};
    if ((rc = store_library_load(a)) == 0 && (rc = store_asker_ask(a, 7, call, &reply)) == 0)
        store_reply_free(reply);
    store_asker_close(a);
    return rc;
}

void store_audit_account(char out[STORE_AUDIT_WHO_MAX])
{
    snprintf(out, STORE_AUDIT_WHO_MAX, "uid-%u", (unsigned)getuid());
}
