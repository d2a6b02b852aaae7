/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "sysprofile/buildid.h"

#include <elf.h>
#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>

#include "sysprofile/util.h"

enum {
	SEGMENTS_MAX = 64,
	/* All notes of a program; those of a distribution have some hundred bytes. */
	NOTES_MAX = 4096,
};

static bool read_all(int fd, void *buffer, size_t size, uint64_t offset)
{
	return offset <= INT64_MAX && pread(fd, buffer, size, (off_t)offset) == (ssize_t)size;
}

struct notes {
	uint64_t offset, size;
};

/* The i-th segment, if it holds notes; both classes of ELF have the same members. */
static bool read_segment(int fd, bool is_64, uint64_t offset, struct notes *ret)
{
	Elf64_Phdr wide;
	Elf32_Phdr narrow;

	if (is_64) {
		if (!read_all(fd, &wide, sizeof(wide), offset) || wide.p_type != PT_NOTE)
			return false;
		*ret = (struct notes){ wide.p_offset, wide.p_filesz };
		return true;
	}
	if (!read_all(fd, &narrow, sizeof(narrow), offset) || narrow.p_type != PT_NOTE)
		return false;
	*ret = (struct notes){ narrow.p_offset, narrow.p_filesz };
	return true;
}

static size_t padded(uint32_t size)
{
	return ((size_t)size + 3) & ~(size_t)3;
}

static bool find_id(const unsigned char *notes, size_t size, char *ret)
{
	Elf32_Nhdr note; /* Elf64_Nhdr is the same */

	while (size >= sizeof(note)) {
		size_t name, rest = size - sizeof(note);

		memcpy(&note, notes, sizeof(note));
		notes += sizeof(note);
		name = padded(note.n_namesz);
		if (name > rest || note.n_descsz > rest - name)
			return false;
		if (note.n_type == NT_GNU_BUILD_ID && note.n_namesz == sizeof(ELF_NOTE_GNU) &&
		    memcmp(notes, ELF_NOTE_GNU, sizeof(ELF_NOTE_GNU)) == 0 && note.n_descsz > 0 &&
		    note.n_descsz <= (SP_BUILD_ID_SIZE - 1) / 2) {
			for (size_t i = 0; i < note.n_descsz; i++)
				snprintf(ret + 2 * i, 3, "%02x", notes[name + i]);
			return true;
		}
		if (padded(note.n_descsz) > rest - name)
			return false;
		notes += name + padded(note.n_descsz);
		size = rest - name - padded(note.n_descsz);
	}
	return false;
}

int sp_build_id(const char *path, char ret[static SP_BUILD_ID_SIZE])
{
	static const unsigned char order =
		__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__ ? ELFDATA2LSB : ELFDATA2MSB;
	_cleanup_(sp_closep) int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
	unsigned char notes[NOTES_MAX];
	uint64_t offset, step;
	Elf64_Ehdr wide;
	Elf32_Ehdr narrow;
	unsigned n;
	bool is_64;

	if (fd < 0)
		return -errno;
	if (!read_all(fd, &narrow, sizeof(narrow), 0) ||
	    memcmp(narrow.e_ident, ELFMAG, SELFMAG) != 0 || narrow.e_ident[EI_DATA] != order)
		return -ENOEXEC;
	is_64 = narrow.e_ident[EI_CLASS] == ELFCLASS64;
	if (is_64 && !read_all(fd, &wide, sizeof(wide), 0))
		return -ENOEXEC;
	offset = is_64 ? wide.e_phoff : narrow.e_phoff;
	step = is_64 ? wide.e_phentsize : narrow.e_phentsize;
	n = is_64 ? wide.e_phnum : narrow.e_phnum;
	for (unsigned i = 0; i < n && i < SEGMENTS_MAX; i++) {
		struct notes segment;
		char id[SP_BUILD_ID_SIZE];

		if (offset > INT64_MAX / 2 || !read_segment(fd, is_64, offset + i * step, &segment))
			continue;
		if (segment.size > sizeof(notes) ||
		    !read_all(fd, notes, segment.size, segment.offset))
			return -ENOEXEC;
		if (find_id(notes, segment.size, id)) {
			memcpy(ret, id, sizeof(id));
			return 0;
		}
	}
	return -ENOENT;
}
