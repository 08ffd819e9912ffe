/* ech.c -- see ech.h.
 *
 *   ECHConfigList   { u16 length, ECHConfig[] }
 *   ECHConfig       { u16 version, u16 length, contents }
 *   contents        { u8 config_id, u16 kem_id, u16-counted public_key, u16-counted cipher_suites,
 *                     u8 maximum_name_length, u8-counted public_name, u16-counted extensions }
 */
#include "dissectors/ech.h"

#include "common/byte_reader.h"

#define ECH_VERSION 0xfe0d

/* The name of one configuration; empty when a length lies or there is none. */
static struct bytes_view read_contents(struct byte_reader r)
{
    reader_skip(&r, 1 + 2);
    reader_skip(&r, reader_u16be(&r));
    reader_skip(&r, reader_u16be(&r));
    reader_skip(&r, 1);
    size_t n = reader_u8(&r);
    const uint8_t *at = reader_take(&r, n);
    reader_skip(&r, reader_u16be(&r));
    bool whole = !r.short_read && reader_left(&r) == 0;
    return (struct bytes_view){.at = whole ? at : NULL, .len = whole ? n : 0};
}

enum dissect_outcome ech_public_name(struct bytes_view config_list, struct bytes_view *name)
{
    struct byte_reader all = reader_over(config_list.at, config_list.len);
    struct byte_reader list = reader_sub(&all, reader_u16be(&all));
    *name = (struct bytes_view){0};
    if (all.short_read || reader_left(&all) > 0)
        return DISSECT_MALFORMED;
    while (reader_left(&list) > 0) {
        uint16_t version = reader_u16be(&list);
        struct byte_reader contents = reader_sub(&list, reader_u16be(&list));
        if (list.short_read)
            return DISSECT_MALFORMED;
        if (version != ECH_VERSION)
            continue;
        *name = read_contents(contents);
        return name->len > 0 ? DISSECT_OK : DISSECT_MALFORMED;
    }
    return DISSECT_NOT_MINE;
}
