/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * A file, a pipe or stdin of any length, line by line or whole, in memory that does not grow with
 * it. What gzip(1) compressed is told by its first bytes and read as if it were not.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct sp_digest;
struct sp_stream;

/*
 * path "-" is stdin. A compression that is known and not read is -EPROTONOSUPPORT, and then *ret is
 * set, to be asked for its name and freed; other failures (-EISDIR for a directory, -EBADMSG and
 * -ENODATA as below) leave *ret untouched.
 */
int sp_stream_open(const char *path, struct sp_stream **ret);

/* The same from an open descriptor, which is taken over in any case. */
int sp_stream_new(int fd, struct sp_stream **ret);

struct sp_stream *sp_stream_free(struct sp_stream *stream);
static inline void sp_stream_freep(struct sp_stream **p)
{
	if (*p)
		(void)sp_stream_free(*p);
}

/* "gzip", "xz", "zstd", "bzip2", "lz4"; NULL when it is not compressed. Static. */
const char *sp_stream_compression(const struct sp_stream *stream);

/* The first bytes, at most SP_STREAM_HEAD of them; only before anything else was read. */
#define SP_STREAM_HEAD 32768
size_t sp_stream_head(const struct sp_stream *stream, const char **ret);

/*
 * All text that is handed out from now on goes into digest as well, which is borrowed; only before
 * anything was read. A compressed file has the digest of what it holds.
 */
void sp_stream_digest_to(struct sp_stream *stream, struct sp_digest *digest);

struct sp_line {
	char *text;	 /* without its newline; a 0 byte stands behind the last one */
	size_t len;	 /* 0 bytes of the file count */
	uint64_t number; /* from 1 */
	bool cut;	 /* it was longer than SP_STREAM_LINE_MAX: its middle is left out */
	bool ended;	 /* by a newline; the last line of a file may not be */
};

/* What is kept of a line: its first SP_STREAM_CUT_HEAD bytes and about as many of its end. */
#define SP_STREAM_LINE_MAX 262144
#define SP_STREAM_CUT_HEAD 65536

/*
 * 1: *ret is the next line, valid (and the caller's to change) until the next call. 0: the end.
 * -EBADMSG: compressed data are damaged; -ENODATA: they end too early; else what read(2) says.
 */
int sp_stream_next(struct sp_stream *stream, struct sp_line *ret);

/*
 * All that has not been read, with a 0 byte behind it; the caller's. -EFBIG when it is more than
 * max bytes; else as above.
 */
int sp_stream_rest(struct sp_stream *stream, size_t max, char **ret, size_t *ret_len);
