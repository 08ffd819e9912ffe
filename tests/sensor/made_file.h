/* made_file.h -- capture files made by hand, in either form and either byte order, and what capture_file reads of them.
 *
 * Ownership  One static file at a time: begin_file() begins it anew, open_made() has it read. Include after <cmocka.h>:
 *            what does not fit is a failed assertion.
 */
#ifndef TELLTALE_TESTS_SENSOR_MADE_FILE_H
#define TELLTALE_TESTS_SENSOR_MADE_FILE_H

#include "sensor/capture_file.h"

#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

static struct {
    uint8_t bytes[3 << 20];
    size_t n;
    bool big_endian;
} made;

static struct capture_file *file;
static int file_fd = -1;

static inline void put(const void *bytes, size_t n)
{
    assert_true(n <= sizeof(made.bytes) - made.n);
    if (n > 0)
        memcpy(made.bytes + made.n, bytes, n);
    made.n += n;
}

static inline void put_u16(unsigned v)
{
    uint8_t big[2] = {(uint8_t)(v >> 8), (uint8_t)v}, little[2] = {(uint8_t)v, (uint8_t)(v >> 8)};
    put(made.big_endian ? big : little, 2);
}

static inline void put_u32(uint32_t v)
{
    put_u16(made.big_endian ? v >> 16 : v & 0xffff);
    put_u16(made.big_endian ? v & 0xffff : v >> 16);
}

static inline void begin_file(bool big_endian)
{
    made.n = 0;
    made.big_endian = big_endian;
}

/* pcap */

static inline void put_pcap_head(uint32_t magic, unsigned major, unsigned minor, uint32_t link_type)
{
    put_u32(magic);
    put_u16(major);
    put_u16(minor);
    put_u32(0);
    put_u32(0);
    put_u32(65535);
    put_u32(link_type);
}

static inline void put_record(uint32_t seconds, uint32_t fraction, const void *bytes, uint32_t captured,
                              uint32_t wire_len)
{
    put_u32(seconds);
    put_u32(fraction);
    put_u32(captured);
    put_u32(wire_len);
    put(bytes, captured);
}

/* pcapng: begin_block() ... end_block() fills in the length at both ends. */

static inline size_t begin_block(uint32_t type)
{
    size_t at = made.n;
    put_u32(type);
    put_u32(0);
    return at;
}

static inline void put_at(size_t at, uint32_t v)
{
    size_t end = made.n;
    made.n = at;
    put_u32(v);
    made.n = end;
}

static inline void end_block(size_t at)
{
    size_t body = made.n - at - 8;
    put("\0\0\0", -body % 4);
    put_at(at + 4, (uint32_t)body + 12);
    put_u32((uint32_t)body + 12);
}

static inline void put_section(bool big_endian)
{
    made.big_endian = big_endian;
    size_t at = begin_block(0x0a0d0d0a);
    put_u32(0x1a2b3c4d);
    put_u16(1);
    put_u16(0);
    put_u32(UINT32_MAX);
    put_u32(UINT32_MAX);
    end_block(at);
}

static inline void put_option(unsigned code, const void *value, unsigned len)
{
    put_u16(code);
    put_u16(len);
    put(value, len);
    put("\0\0\0", -len % 4);
}

/* resolution: the option's byte; 0: none of it. */
static inline void put_interface(unsigned link_type, uint32_t snaplen, uint8_t resolution)
{
    size_t at = begin_block(1);
    put_u16(link_type);
    put_u16(0);
    put_u32(snaplen);
    put_option(2, "eth0", 4);
    if (resolution)
        put_option(9, &resolution, 1);
    put_option(0, NULL, 0);
    end_block(at);
}

static inline void put_packet(uint32_t interface, uint64_t stamp, const void *bytes, uint32_t captured,
                              uint32_t wire_len)
{
    size_t at = begin_block(6);
    put_u32(interface);
    put_u32((uint32_t)(stamp >> 32));
    put_u32((uint32_t)stamp);
    put_u32(captured);
    put_u32(wire_len);
    put(bytes, captured);
    end_block(at);
}

/* Reading */

static inline void close_made(void)
{
    capture_file_close(file);
    file = NULL;
    if (file_fd >= 0)
        close(file_fd);
    file_fd = -1;
}

/* The first n bytes of the made file, opened: what capture_file_open() says. */
static inline int open_part(size_t n)
{
    close_made();
    file_fd = memfd_create("capture", MFD_CLOEXEC);
    assert_true(file_fd >= 0);
    assert_int_equal(write(file_fd, made.bytes, n), n);
    assert_int_equal(lseek(file_fd, 0, SEEK_SET), 0);
    return capture_file_open(file_fd, &file);
}

static inline void open_made(void)
{
    assert_int_equal(open_part(made.n), 0);
}

static inline struct captured_frame next_frame(void)
{
    struct captured_frame f;
    int rc = capture_file_next(file, &f);
    if (rc != 1)
        fail_msg("no frame: %d, %s", rc, capture_file_complaint(file));
    return f;
}

static inline void assert_frame(const char *text, uint64_t time_ns, uint32_t link_type)
{
    struct captured_frame f = next_frame();
    assert_int_equal(f.captured, strlen(text));
    assert_memory_equal(f.bytes, text, f.captured);
    assert_int_equal(f.time_ns, time_ns);
    assert_int_equal(f.link_type, link_type);
}

static inline void assert_end(void)
{
    struct captured_frame f;
    assert_int_equal(capture_file_next(file, &f), 0);
    assert_int_equal(capture_file_next(file, &f), 0);
    assert_int_equal(capture_file_position(file), made.n);
    assert_string_equal(capture_file_complaint(file), "");
}

/* From here on the file cannot be read, however often one asks. */
static inline void assert_damaged(const char *why)
{
    struct captured_frame f;
    for (int i = 0; i < 2; i++) {
        assert_int_equal(capture_file_next(file, &f), -EBADMSG);
        assert_string_equal(capture_file_complaint(file), why);
    }
}

#endif
