/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "sysprofile/stream.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <sys/mman.h>
#include <zlib.h>

#include "leak.h"
#include "sysprofile/digest.h"
#include "sysprofile/util.h"

static int fd_of(const char *text, size_t len)
{
	int fd = memfd_create("stream", MFD_CLOEXEC);

	cr_assert_geq(fd, 0);
	cr_assert_eq(write(fd, text, len), (ssize_t)len);
	cr_assert_eq(lseek(fd, 0, SEEK_SET), 0);
	return fd;
}

static struct sp_stream *stream_of(const char *text, size_t len)
{
	struct sp_stream *stream = NULL;

	cr_assert_eq(sp_stream_new(fd_of(text, len), &stream), 0);
	return stream;
}

/* A gzip member; the caller's. */
static char *pack(const char *text, size_t len, size_t *ret_len)
{
	enum { GZIP = 16 + MAX_WBITS };
	z_stream z = {};
	char *packed = malloc(len + 1024);

	cr_assert_eq(deflateInit2(&z, 6, Z_DEFLATED, GZIP, 8, Z_DEFAULT_STRATEGY), Z_OK);
	z.next_in = (unsigned char *)(uintptr_t)text;
	z.avail_in = (uInt)len;
	z.next_out = (unsigned char *)packed;
	z.avail_out = (uInt)len + 1024;
	cr_assert_eq(deflate(&z, Z_FINISH), Z_STREAM_END);
	*ret_len = z.total_out;
	cr_assert_eq(deflateEnd(&z), Z_OK);
	return packed;
}

static void expect_line(struct sp_stream *stream, const char *text, bool ended)
{
	struct sp_line line;

	cr_assert_eq(sp_stream_next(stream, &line), 1, "no line: %s", text);
	cr_expect_str_eq(line.text, text);
	cr_expect_eq(line.len, strlen(text));
	cr_expect_eq(line.ended, ended);
	cr_expect_not(line.cut);
}

static void expect_end(struct sp_stream *stream, int wanted)
{
	struct sp_line line;

	cr_expect_eq(sp_stream_next(stream, &line), wanted);
	sp_stream_free(stream);
	sp_assert_no_leak();
}

Test(stream, gives_lines_with_their_numbers)
{
	struct sp_stream *stream = stream_of("one\n\nthree\nlast", 15);
	struct sp_line line;

	cr_assert_null(sp_stream_compression(stream));
	expect_line(stream, "one", true);
	expect_line(stream, "", true);
	cr_assert_eq(sp_stream_next(stream, &line), 1);
	cr_expect_eq(line.number, 3);
	expect_line(stream, "last", false);
	expect_end(stream, 0);
}

Test(stream, an_empty_file_has_no_line_and_no_head)
{
	struct sp_stream *stream = stream_of("", 0);
	const char *head;

	cr_expect_eq(sp_stream_head(stream, &head), 0);
	expect_end(stream, 0);
}

Test(stream, the_head_is_read_again)
{
	struct sp_stream *stream = stream_of("one\ntwo\n", 8);
	const char *head;

	cr_expect_eq(sp_stream_head(stream, &head), 8);
	cr_expect_eq(memcmp(head, "one\ntwo\n", 8), 0);
	expect_line(stream, "one", true);
	expect_line(stream, "two", true);
	expect_end(stream, 0);
}

/* Lengths about those of the buffer, so that its end falls on every place of a line. */
Test(stream, lines_of_any_length_come_whole, .timeout = 60)
{
	enum { LINES = 3000 };
	size_t len = 0;
	char *text = malloc((size_t)LINES * (LINES + 1)), *p;
	struct sp_stream *stream;

	for (size_t i = 0; i < LINES; i++) {
		memset(text + len, 'a' + (char)(i % 26), i);
		len += i;
		text[len++] = '\n';
	}
	stream = stream_of(text, len);
	p = text;
	for (size_t i = 0; i < LINES; i++) {
		struct sp_line line;

		cr_assert_eq(sp_stream_next(stream, &line), 1);
		cr_assert_eq(line.len, i);
		cr_assert_eq(memcmp(line.text, p, i), 0);
		cr_assert_eq(line.text[i], 0);
		p += i + 1;
	}
	free(text);
	expect_end(stream, 0);
}

static void expect_cut(size_t length)
{
	char *text = malloc(length + 5);
	struct sp_stream *stream;
	struct sp_line line;

	memset(text, 'm', length);
	text[0] = 'A';
	text[length - 1] = 'Z';
	memcpy(text + length, "\nend\n", 5);
	stream = stream_of(text, length + 5);
	cr_assert_eq(sp_stream_next(stream, &line), 1);
	cr_expect_eq(line.cut, length > SP_STREAM_LINE_MAX - 1, "%zu", length);
	cr_expect(line.len <= SP_STREAM_LINE_MAX && line.text[0] == 'A' &&
		  line.text[line.len - 1] == 'Z');
	cr_expect_eq(line.number, 1);
	expect_line(stream, "end", true);
	free(text);
	expect_end(stream, 0);
}

Test(stream, a_line_that_is_too_long_keeps_both_its_ends)
{
	expect_cut(SP_STREAM_LINE_MAX - 1);
	expect_cut(SP_STREAM_LINE_MAX);
	expect_cut(SP_STREAM_LINE_MAX + 1);
	expect_cut(7 * SP_STREAM_LINE_MAX + 12345);
}

Test(stream, gzip_is_told_by_its_first_bytes)
{
	size_t len, more;
	char *packed = pack("one\ntwo\n", 8, &len), *second = pack("three\n", 6, &more);
	struct sp_stream *stream;

	packed = realloc(packed, len + more);
	memcpy(packed + len, second, more);
	stream = stream_of(packed, len + more);
	cr_expect_str_eq(sp_stream_compression(stream), "gzip");
	expect_line(stream, "one", true);
	expect_line(stream, "two", true);
	expect_line(stream, "three", true);
	free(packed);
	free(second);
	expect_end(stream, 0);
}

Test(stream, gzip_of_more_than_its_buffers_comes_whole)
{
	enum { SIZE = 3000000 };
	char *text = malloc(SIZE), *packed, *rest = NULL;
	struct sp_stream *stream;
	size_t len, rest_len;
	uint32_t state = 1;

	/* Not to be compressed, so that there is much of it on both sides. */
	for (size_t i = 0; i < SIZE; i++) {
		state = state * 1664525 + 1013904223;
		text[i] = (char)(state >> 24);
	}
	packed = pack(text, SIZE, &len);
	stream = stream_of(packed, len);
	cr_assert_eq(sp_stream_rest(stream, SIZE, &rest, &rest_len), 0);
	cr_assert_eq(rest_len, SIZE);
	cr_expect_eq(memcmp(rest, text, SIZE), 0);
	free(rest);
	free(text);
	free(packed);
	expect_end(stream, 0);
}

static void digest_of(const char *text, size_t len, char ret[static SP_DIGEST_SIZE])
{
	struct sp_stream *stream = stream_of(text, len);
	_cleanup_(sp_digest_freep) struct sp_digest *digest = NULL;
	struct sp_line line;

	cr_assert_eq(sp_digest_new(&digest), 0);
	sp_stream_digest_to(stream, digest);
	while (sp_stream_next(stream, &line) > 0)
		;
	sp_digest_text(digest, ret);
	sp_stream_free(stream);
}

/* Longer than the head that is read before anybody can ask. */
Test(stream, a_digest_is_that_of_the_text, .timeout = 60)
{
	enum { LINES = 50000 };
	char of_text[SP_DIGEST_SIZE], of_packed[SP_DIGEST_SIZE], wanted[SP_DIGEST_SIZE];
	_cleanup_(sp_digest_freep) struct sp_digest *digest = NULL;
	char *text = malloc(LINES * 8 + 1), *packed;
	size_t len;

	for (int i = 0; i < LINES; i++)
		sprintf(text + i * 8, "%07d\n", i);
	cr_assert_eq(sp_digest_new(&digest), 0);
	sp_digest_add(digest, text, LINES * 8);
	sp_digest_text(digest, wanted);
	digest_of(text, LINES * 8, of_text);
	cr_expect_str_eq(of_text, wanted);
	packed = pack(text, LINES * 8, &len);
	digest_of(packed, len, of_packed);
	cr_expect_str_eq(of_packed, wanted);
	free(packed);
	free(text);
}

/* At every byte, and with every byte changed: never a crash, and never silence. */
Test(stream, damaged_gzip_is_an_error)
{
	static const char text[] = "one two three four five six seven one two three\nend\n";
	size_t len;
	char *packed = pack(text, sizeof(text) - 1, &len);

	for (size_t i = 3; i < len; i++) {
		struct sp_stream *stream = NULL;
		struct sp_line line;
		int r = sp_stream_new(fd_of(packed, i), &stream);

		while (r >= 0 && (r = sp_stream_next(stream, &line)) > 0)
			;
		cr_expect_eq(r, -ENODATA, "cut at %zu: %d", i, r);
		sp_stream_free(stream);
	}
	for (size_t i = 12; i < len; i++) {
		struct sp_stream *stream = NULL;
		struct sp_line line;
		int r;

		packed[i] = (char)(packed[i] ^ 0x55);
		r = sp_stream_new(fd_of(packed, len), &stream);
		while (r >= 0 && (r = sp_stream_next(stream, &line)) > 0)
			;
		cr_expect_lt(r, 0, "changed at %zu: %d", i, r);
		packed[i] = (char)(packed[i] ^ 0x55);
		sp_stream_free(stream);
	}
	free(packed);
	sp_assert_no_leak();
}

Test(stream, other_compressions_are_named)
{
	static const struct {
		const char *magic, *name;
	} cases[] = {
		{ "\xfd"
		  "7zXZ\0 and so on",
		  "xz" },
		{ "\x28\xb5\x2f\xfd and so on", "zstd" },
		{ "BZh91AY and so on", "bzip2" },
		{ "\x04\x22\x4d\x18 and so on", "lz4" },
	};

	for (size_t i = 0; i < SP_ARRAY_SIZE(cases); i++) {
		struct sp_stream *stream = NULL;

		cr_assert_eq(sp_stream_new(fd_of(cases[i].magic, 12), &stream), -EPROTONOSUPPORT);
		cr_assert_str_eq(sp_stream_compression(stream), cases[i].name);
		sp_stream_free(stream);
	}
}

Test(stream, what_cannot_be_read_says_why)
{
	struct sp_stream *stream = NULL;

	cr_expect_eq(sp_stream_open("/no/such/file", &stream), -ENOENT);
	cr_expect_eq(sp_stream_open("/", &stream), -EISDIR);
	cr_expect_null(stream);
}

static void *feed(void *fd)
{
	for (const char *p = "one\ntwo\n"; *p; p++) {
		(void)!write(*(int *)fd, p, 1);
		usleep(1000);
	}
	(void)close(*(int *)fd);
	return NULL;
}

Test(stream, a_pipe_gives_what_it_has_byte_by_byte)
{
	struct sp_stream *stream = NULL;
	pthread_t thread;
	int fds[2];

	cr_assert_eq(pipe(fds), 0);
	cr_assert_eq(pthread_create(&thread, NULL, feed, &fds[1]), 0);
	cr_assert_eq(sp_stream_new(fds[0], &stream), 0);
	expect_line(stream, "one", true);
	expect_line(stream, "two", true);
	cr_assert_eq(pthread_join(thread, NULL), 0);
	expect_end(stream, 0);
}

Test(stream, the_rest_has_an_end)
{
	struct sp_stream *stream = stream_of("one\ntwo\n", 8);
	char *rest = NULL;
	size_t len;

	expect_line(stream, "one", true);
	cr_expect_eq(sp_stream_rest(stream, 3, &rest, &len), -EFBIG);
	cr_expect_null(rest);
	cr_assert_eq(sp_stream_rest(stream, 4, &rest, &len), 0);
	cr_expect_str_eq(rest, "two\n");
	cr_expect_eq(len, 4);
	free(rest);
	expect_end(stream, 0);
}
