/* scan_ids.c -- see scan_ids.h. */
#include "store/scan_ids.h"

#include <stdio.h>
#include <string.h>

int store_scan_ids(struct store_asker *a, const char *installation, enum store_key key, void (*each)(void *context, const char *id), void *context)
{
    char pattern[STORE_KEY_MAX], cursor[24] = "0";
    store_key_write(pattern, installation, key, "*");
    size_t head = strlen(pattern) - 1;
    do {
        struct store_reply *reply;
        const char *argv[] = {"SCAN", cursor, "MATCH", pattern, "COUNT", "1000"};
        int rc = store_asker_ask(a, 6, argv, &reply);
        if (rc < 0)
            return rc;
        const struct store_reply *names = store_reply_item(reply, 1);
        snprintf(cursor, sizeof(cursor), "%s", store_reply_text(store_reply_item(reply, 0), NULL));
        for (size_t i = 0; i < store_reply_count(names); i++) {
            const char *name = store_reply_text(store_reply_item(names, i), NULL);
            if (strlen(name) > head)
                each(context, name + head);
        }
        store_reply_free(reply);
    } while (strcmp(cursor, "0") != 0);
    return 0;
}
