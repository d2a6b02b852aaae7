/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "sysprofile/stream.h"

#include <errno.h>
#include <fcntl.h>
#include <zlib.h>

#include "sysprofile/digest.h"
#include "sysprofile/util.h"

enum {
	/* Half of a CPU's nearest megabyte: what is read is scanned while it is still near. */
	TEXT_SIZE = SP_STREAM_LINE_MAX,
	PACKED_SIZE = 65536,
};
_Static_assert((int)SP_STREAM_HEAD <= (int)PACKED_SIZE, "the head is in the buffer whole");
_Static_assert(2 * SP_STREAM_CUT_HEAD <= TEXT_SIZE, "a cut line leaves room to read on");

struct sp_stream {
	int fd;
	const char *compression;
	bool inflating; /* inflater is initialised */
	bool in_member; /* between the first and the last byte of one gzip member */
	bool at_end;
	z_stream inflater;
	struct sp_digest *digest; /* borrowed, or NULL */
	uint64_t lines;
	size_t start, end; /* of what is in text and was not handed out */
	char text[TEXT_SIZE + 1];
	unsigned char packed[PACKED_SIZE];
};

static const struct {
	const char *name, *magic;
	size_t len;
} compressions[] = {
	{ "gzip", "\x1f\x8b\x08", 3 },		 /* RFC 1952 */
	{ "xz", "\xfd\x37\x7a\x58\x5a\x00", 6 }, /* the .xz file format, 2.1.1.1 */
	{ "zstd", "\x28\xb5\x2f\xfd", 4 },	 /* RFC 8878 */
	{ "bzip2", "\x42\x5a\x68", 3 },		 /* "BZh" */
	{ "lz4", "\x04\x22\x4d\x18", 4 },	 /* the LZ4 frame format */
};

static const char *find_compression(const char *text, size_t len)
{
	for (size_t i = 0; i < SP_ARRAY_SIZE(compressions); i++)
		if (len >= compressions[i].len &&
		    memcmp(text, compressions[i].magic, compressions[i].len) == 0)
			return compressions[i].name;
	return NULL;
}

/* 0 at the end of the file. */
static ssize_t read_some(int fd, void *buffer, size_t size)
{
	for (;;) {
		const ssize_t n = read(fd, buffer, size);

		if (n >= 0)
			return n;
		if (errno != EINTR)
			return -errno;
	}
}

static int refill_packed(struct sp_stream *s)
{
	const ssize_t n = read_some(s->fd, s->packed, sizeof(s->packed));

	if (n < 0)
		return (int)n;
	s->inflater.next_in = s->packed;
	s->inflater.avail_in = (uInt)n;
	return n > 0;
}

/* Members may follow one another, and gzip(1) reads over what is behind the last of them. */
static int begin_member(struct sp_stream *s)
{
	if (s->inflater.avail_in == 0) {
		const int r = refill_packed(s);

		if (r <= 0)
			return r;
	}
	if (s->inflater.next_in[0] != 0x1f)
		return 0;
	if (inflateReset(&s->inflater) != Z_OK)
		return -EBADMSG;
	s->in_member = true;
	return 1;
}

static ssize_t inflate_some(struct sp_stream *s, char *buffer, size_t size)
{
	s->inflater.next_out = (unsigned char *)buffer;
	s->inflater.avail_out = (uInt)size;
	while (s->inflater.avail_out == size) {
		int r = s->in_member ? 1 : begin_member(s);

		if (r <= 0)
			return r;
		if (s->inflater.avail_in == 0) {
			r = refill_packed(s);
			if (r <= 0)
				return r < 0 ? r : -ENODATA;
		}
		r = inflate(&s->inflater, Z_NO_FLUSH);
		if (r == Z_STREAM_END)
			s->in_member = false;
		else if (r != Z_OK)
			return r == Z_MEM_ERROR ? -ENOMEM : -EBADMSG;
	}
	return (ssize_t)(size - s->inflater.avail_out);
}

/* 1: there is more in text, which is filled up to size at most; 0: nothing more comes. */
static int fill(struct sp_stream *s, size_t size)
{
	ssize_t n;

	if (s->at_end)
		return 0;
	n = s->inflating ? inflate_some(s, s->text + s->end, size - s->end)
			 : read_some(s->fd, s->text + s->end, size - s->end);
	if (n < 0)
		return (int)n;
	s->at_end = n == 0;
	if (s->digest)
		sp_digest_add(s->digest, s->text + s->end, (size_t)n);
	s->end += (size_t)n;
	return n > 0;
}

/* A pipe gives what it has just now; what a file is has to be seen at once. */
static int fill_head(struct sp_stream *s)
{
	int r = 1;

	while (r > 0 && s->end < SP_STREAM_HEAD)
		r = fill(s, SP_STREAM_HEAD);
	return r < 0 ? r : 0;
}

static int begin_inflating(struct sp_stream *s)
{
	enum { GZIP_OF_ANY_WINDOW = 16 + MAX_WBITS };

	memcpy(s->packed, s->text, s->end);
	s->inflater.next_in = s->packed;
	s->inflater.avail_in = (uInt)s->end;
	if (inflateInit2(&s->inflater, GZIP_OF_ANY_WINDOW) != Z_OK)
		return -ENOMEM;
	s->inflating = s->in_member = true;
	s->end = 0;
	s->at_end = false;
	return fill_head(s);
}

int sp_stream_new(int fd, struct sp_stream **ret)
{
	_cleanup_(sp_stream_freep) struct sp_stream *s = calloc(1, sizeof(*s));
	int r;

	if (!s) {
		(void)close(fd);
		return -ENOMEM;
	}
	s->fd = fd;
	r = fill_head(s);
	if (r < 0)
		return r;
	s->compression = find_compression(s->text, s->end);
	if (s->compression && sp_streq(s->compression, "gzip"))
		r = begin_inflating(s);
	else if (s->compression)
		r = -EPROTONOSUPPORT;
	if (r < 0 && r != -EPROTONOSUPPORT)
		return r;
	*ret = SP_TAKE(s);
	return r;
}

int sp_stream_open(const char *path, struct sp_stream **ret)
{
	const bool is_stdin = sp_streq(path, "-");
	const int fd = is_stdin ? fcntl(STDIN_FILENO, F_DUPFD_CLOEXEC, 3)
				: open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY);

	return fd < 0 ? -errno : sp_stream_new(fd, ret);
}

struct sp_stream *sp_stream_free(struct sp_stream *s)
{
	if (!s)
		return NULL;
	if (s->inflating)
		(void)inflateEnd(&s->inflater);
	(void)close(s->fd);
	free(s);
	return NULL;
}

const char *sp_stream_compression(const struct sp_stream *s)
{
	return s->compression;
}

size_t sp_stream_head(const struct sp_stream *s, const char **ret)
{
	*ret = s->text + s->start;
	return s->end - s->start;
}

void sp_stream_digest_to(struct sp_stream *s, struct sp_digest *digest)
{
	s->digest = digest;
	sp_digest_add(digest, s->text + s->start, s->end - s->start);
}

/* Makes room behind what is there. A line that fills everything loses its middle: true. */
static bool make_room(struct sp_stream *s)
{
	const size_t len = s->end - s->start;

	if (s->start > 0) {
		memmove(s->text, s->text + s->start, len);
		s->start = 0;
		s->end = len;
	}
	if (s->end < TEXT_SIZE)
		return false;
	memmove(s->text + SP_STREAM_CUT_HEAD, s->text + s->end - SP_STREAM_CUT_HEAD,
		SP_STREAM_CUT_HEAD);
	s->end = (size_t)2 * SP_STREAM_CUT_HEAD;
	return true;
}

static void hand_out(struct sp_stream *s, size_t end, bool ended, struct sp_line *ret)
{
	s->text[end] = 0;
	ret->text = s->text + s->start;
	ret->len = end - s->start;
	ret->number = ++s->lines;
	ret->ended = ended;
	s->start = end + ended;
}

int sp_stream_next(struct sp_stream *s, struct sp_line *ret)
{
	size_t searched = s->start;

	ret->cut = false;
	for (;;) {
		const char *newline = memchr(s->text + searched, '\n', s->end - searched);
		int r;

		if (newline) {
			hand_out(s, (size_t)(newline - s->text), true, ret);
			return 1;
		}
		searched = s->end - s->start;
		if (make_room(s)) {
			ret->cut = true;
			searched = s->end;
		}
		r = fill(s, TEXT_SIZE);
		if (r < 0)
			return r;
		if (r > 0)
			continue;
		if (s->start == s->end)
			return 0;
		hand_out(s, s->end, false, ret);
		return 1;
	}
}

int sp_stream_rest(struct sp_stream *s, size_t max, char **ret, size_t *ret_len)
{
	_cleanup_(sp_freep) char *all = NULL;
	size_t len = 0, size = 0;
	int r = 1;

	while (r > 0) {
		const size_t n = s->end - s->start;

		if (n > max - len)
			return -EFBIG;
		if (len + n + 1 > size) {
			const size_t grown = 2 * (len + n + 1);
			char *more = realloc(all, grown);

			if (!more)
				return -ENOMEM;
			all = more;
			size = grown;
		}
		memcpy(all + len, s->text + s->start, n);
		len += n;
		s->start = s->end = 0;
		r = fill(s, TEXT_SIZE);
	}
	if (r < 0)
		return r;
	all[len] = 0;
	*ret = SP_TAKE(all);
	*ret_len = len;
	return 0;
}
